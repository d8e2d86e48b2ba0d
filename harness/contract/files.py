"""Reading the files of our own data, with their form checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from harness import document
from harness.errors import HarnessError, SpecError, nearest
from harness.folders import data_folder


@dataclass(frozen=True)
class DataFile:
    """A file as it was read: its path, its text for finding lines, what it holds, and what its faults are raised as."""

    path: Path
    text: str
    content: Any
    error: type[HarnessError] = SpecError

    def fault(self, message: str, *pointer: str | int, hint: str = "") -> HarnessError:
        """An error that names the line of the place at ``pointer``."""
        return self.error(message, where=f"{self.path}:{document.line_of(self.text, pointer)}", hint=hint)


def read(path: Path, form: str | None = None, error: type[HarnessError] = SpecError) -> DataFile:
    """A data file, checked against ``schemas/<form>.json`` if given; unknown keys are errors. Raises ``error``."""
    text = document.read_text(path, error)
    parser = document.parse_json if path.suffix == ".json" else document.parse_yaml
    file = DataFile(path, text, parser(text, where=str(path), error=error), error)
    if form:
        _check_form(file, form)
    return file


def _check_form(file: DataFile, form: str) -> None:
    schema = document.parse_json(
        document.read_text(data_folder("schemas") / f"{form}.json", SpecError), where=form, error=SpecError
    )
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    errors = sorted(validator.iter_errors(file.content), key=lambda e: list(map(str, e.path)))
    if not errors:
        return
    # A misspelt key is also a missing one: the key that is there says more.
    error = max(errors, key=lambda e: (len(e.path), e.validator == "additionalProperties"))
    path = list(error.path)
    if error.validator == "additionalProperties":
        allowed = error.schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in allowed)
        close = nearest(unknown, allowed)
        hint = f"Did you mean {close!r}?" if close else f"Known: {', '.join(sorted(allowed))}."
        raise file.fault(f"unknown key {unknown!r}", *path, unknown, hint=hint)
    place = "/".join(map(str, path)) or "the document"
    if error.validator == "enum" and isinstance(error.instance, str):
        close = nearest(error.instance, [each for each in error.validator_value if isinstance(each, str)])
        hint = f"Did you mean {close!r}?" if close else f"Known: {', '.join(map(str, error.validator_value))}."
        raise file.fault(f"{place}: {error.instance!r} is not one of the known values", *path, hint=hint)
    hint = error.schema.get("description", "") if error.validator == "pattern" else ""  # more than its regex says
    raise file.fault(f"{place}: {error.message[:300]}", *path, hint=hint)
