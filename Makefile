# A fresh machine needs Python 3.11 or newer and make; everything else is set up here, in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: clients docs kills recordings setup report test slow lint bench schemas lock clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "harness needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

report: setup
	$(BIN)/harness check --recorded --out harness-report --fail-on never

test: setup
	$(BIN)/python -m pytest -n 2 -q -m "not slow"

slow: setup
	$(BIN)/python -m pytest -n 2 -q -m "slow and not clients"

# What is fetched for them stays in .pytest_cache: about 300 MB.
clients: setup
	$(BIN)/python -m pytest -q -m clients

# The whole count of kills; `make slow` has fewer.
kills: setup
	HARNESS_KILLS=300 $(BIN)/python -m pytest -n 2 -q -m slow tests/test_kill.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m pytest -q tests/benchmarks --benchmark-only

schemas: setup
	$(BIN)/harness schemas

# The pages of docs/commands.
docs: setup
	$(BIN)/harness docs

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group action -c requirements.lock pyproject.toml -o .ci/runtime.lock
	cd tests/clients && for client in *.in; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate $$client -o $${client%.in}.lock || exit; done
	cd tests/clients && npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean:
	rm -rf .venv .pytest_cache harness-report dist

# The committed demonstrations: each provider's reported quirks, apart where one would hide another.
RECORD = $(BIN)/harness record --simulated --random 0
recordings: setup
	rm -f cassettes/*/simulated-*.yaml
	$(RECORD) openrouter --quirk all-reported --model bytedance/seedance-2.0-fast bytedance/seedance-2.5 google/veo-3.1-lite alibaba/wan-2.6 --out cassettes/openrouter/simulated-reported.yaml
	$(RECORD) venice --quirk delete-flag-refused only-2k auto-refused issues-in-place-of-error found-too-late ratio-of-the-reference --model seedance-2-5-reference-to-video-basic minimax-h3-text-to-video topaz-video-upscale --out cassettes/venice/simulated-refusals.yaml
	$(RECORD) venice --quirk nowhere-to-be-found placeholder-video --model seedance-2-5-reference-to-video-basic --out cassettes/venice/simulated-results.yaml
	$(RECORD) venice --quirk never-done --model seedance-2-5-reference-to-video-basic --out cassettes/venice/simulated-endless.yaml
	$(RECORD) relaydance --quirk ignores-seconds ignores-length-and-resolution unknown-task-is-400 submission-says-queued takes-seconds-that-are-no-number takes-text-entries takes-undocumented-roles --model doubao-seedance-2-0-720p doubao-seedance-2-0-1080p seedance-1-5-pro-with-audio --out cassettes/relaydance/simulated-requests.yaml
	$(RECORD) relaydance --quirk wraps-the-task wrapped-invalid-error wrapped-not-found-error --model doubao-seedance-2-0-720p --out cassettes/relaydance/simulated-envelope.yaml
	$(RECORD) relaydance --quirk upper-case-status-words video-url-elsewhere --model doubao-seedance-2-0-720p --out cassettes/relaydance/simulated-words.yaml
	$(RECORD) relaydance --quirk runs-for-ever --model doubao-seedance-2-0-720p --out cassettes/relaydance/simulated-endless.yaml
	$(RECORD) unified-v2 --quirk all-reported --out cassettes/unified-v2/simulated-reported.yaml
	rm -f cassettes/*/*.plan.json
