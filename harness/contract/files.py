"""Reading the files of our own data, with their form checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from harness import document
from harness.errors import HarnessError, SpecError, nearest
from harness.folders import data_folder

#: Faults of one file that are told at once.
_TOLD = 6


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
    faults = list(_faults(file, sorted(validator.iter_errors(file.content), key=_order)))
    if not faults:
        return
    first, others = faults[0], [_in_one_line(each) for each in faults[1:_TOLD]]
    more = [f"… and {len(faults) - _TOLD} more"] if len(faults) > _TOLD else []
    first.hint = "\n  ".join(filter(None, [first.hint, *others, *more]))
    raise first


def _order(error: Any) -> tuple[Any, ...]:
    """As the file has them; of one object what is there first, as a misspelt key is also a missing one."""
    path = [(each, "") if isinstance(each, int) else (-1, each) for each in error.path]
    return path, error.validator == "required", error.message


def _faults(file: DataFile, errors: Sequence[Any]) -> Iterator[HarnessError]:
    misspelt: set[tuple[Any, ...]] = set()
    for error in errors:
        path = tuple(error.path)
        if error.validator == "additionalProperties":
            allowed = error.schema.get("properties", {})
            for unknown in [key for key in error.instance if key not in allowed]:
                close = nearest(unknown, [key for key in allowed if key not in error.instance])
                misspelt.add((*path, close))
                hint = f"Did you mean {close!r}?" if close else f"Known: {', '.join(sorted(allowed))}."
                yield file.fault(_at(path, f"unknown key {unknown!r}"), *path, unknown, hint=hint)
        elif error.validator == "required":
            missing = next(key for key in error.validator_value if f"{key!r} is a required property" == error.message)
            if (*path, missing) not in misspelt:
                yield file.fault(_at(path, error.message), *path)
        else:
            yield file.fault(_at(path, _said(error)), *path, hint=_hint(error))


def _at(path: Sequence[str | int], message: str) -> str:
    """The message with its place in the file; people count the entries of a list from 1."""
    first = [f"entry {path[0] + 1}"] if path and isinstance(path[0], int) else []
    inner = "/".join(map(str, path[len(first) :]))
    return ": ".join(filter(None, [*first, inner, message]))


def _said(error: Any) -> str:
    if not error.path and error.validator == "type" and error.validator_value == "array":
        return "a list is needed"
    if error.validator == "enum" and isinstance(error.instance, str):
        return f"{error.instance!r} is not one of the known values"
    return error.message[:300] if error.path else f"the document: {error.message[:300]}"


def _hint(error: Any) -> str:
    if not error.path and error.validator == "type" and error.validator_value == "array":
        key = next(iter(error.schema.get("items", {}).get("required", ())), None)
        return f"Begin each entry with '- {key}:'." if key else "Begin each line with '- '."
    if error.validator == "enum" and isinstance(error.instance, str):
        close = nearest(error.instance, [each for each in error.validator_value if isinstance(each, str)])
        return f"Did you mean {close!r}?" if close else f"Known: {', '.join(map(str, error.validator_value))}."
    # The description says more than a type or the regex of a pattern.
    return str(error.schema.get("description", "")) if error.validator in ("pattern", "type") else ""


def _in_one_line(fault: HarnessError) -> str:
    return f"{fault.where}: {fault.message}" + (f" ({fault.hint.rstrip('.')})" if fault.hint else "")
