"""JSON Schemas of ``run.json``, ``reference.json``, appraisals, and what is kept beside a run.

They are shipped in ``resources/schemas``. ``python -m pathgui.core.runs.record_schemas`` writes
them anew when a record has changed.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
import textwrap
import tokenize
from typing import Any, get_args, get_type_hints

import msgspec

from pathgui.assets import asset_path
from pathgui.core.appraisal.appraisal import FORMAT as APPRAISAL_FORMAT
from pathgui.core.appraisal.appraisal import Appraisal
from pathgui.core.reference.reference_set import FORMAT as REFERENCE_FORMAT
from pathgui.core.reference.reference_set import ReferenceInfo
from pathgui.core.runs.kept_corrections import CORRECTIONS_FILE, LaterCorrections
from pathgui.core.runs.kept_what_if import WHAT_IF_FILE, LaterWhatIf
from pathgui.core.runs.options import OPTIONS, RunSettings
from pathgui.core.runs.qualification import QUALIFICATION_FILE, Qualification
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import FORMAT as RUN_FORMAT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# File in resources/schemas: its record, the format that it is of, and what the file is called.
# None: the file lies beside a run, and has no format of its own.
SCHEMAS: dict[str, tuple[type, int | None, str]] = {
    "run.schema.json": (Run, RUN_FORMAT, "run.json"),
    "reference.schema.json": (ReferenceInfo, REFERENCE_FORMAT, "reference.json"),
    "appraisal.schema.json": (Appraisal, APPRAISAL_FORMAT, "appraisal.json"),
    "what-if.schema.json": (LaterWhatIf, None, WHAT_IF_FILE),
    "corrections.schema.json": (LaterCorrections, None, CORRECTIONS_FILE),
    "qualification.schema.json": (Qualification, None, QUALIFICATION_FILE),
}


def schema_of(record: type, number: int | None, file: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record's file.

    Parameters
    ----------
    record : type
        The class that the file holds.
    number : int or None
        The format, which stands in its field ``format``; files of another do not fit the schema.
    file : str
        What the file is called.
    """
    made = msgspec.json.schema(record)
    kinds = made["$defs"]
    for each in _records_in(record):
        kind = kinds[each.__name__]
        if "description" in kind:
            kind["description"] = inspect.cleandoc(kind["description"]).replace("``", "`")
        for name, text in said_of(each).items():
            kind["properties"][name]["description"] = text
    name, title = f"urn:pathgui:{file}", f"{file} of pathgui"
    if number is not None:
        kinds[record.__name__]["properties"]["format"] = {"const": number}
        name, title = f"{name}:{number}", f"{title}, format {number}"
    return {"$schema": DIALECT, "$id": name, "title": title, **made}


def said_of(record: type) -> dict[str, str]:
    """What is said of the fields of a record: of an option as everywhere, else its comment."""
    if record is RunSettings:
        return {option.name: option.help for option in OPTIONS}
    return field_comments(record)


def field_comments(record: type) -> dict[str, str]:
    """What the comments in the source of a record say of its fields: beside them, or above.

    >>> field_comments(ReferenceInfo)["refused"]
    'rows of the manifest that were not taken'
    """
    found: dict[str, str] = {}
    field, above, inside = "", [""], False
    source = io.StringIO(textwrap.dedent(inspect.getsource(record)))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ")
            if text.startswith(("noqa", "fmt:", "type:")):
                continue
            if inside and field:
                found[field] = f"{found.get(field, '')} {text}".strip()
            elif not inside:
                above.append(text)
        elif token.type == tokenize.NEWLINE:
            field, above, inside = "", [""], False
        elif token.type == tokenize.NAME and not inside:
            inside, field = True, token.string
            if above[1:]:
                found[field] = " ".join(above[1:])
    return {name: text for name, text in found.items() if name in get_type_hints(record)}


def _records_in(record: type) -> list[type]:
    """A record and all whose objects it may hold."""
    found: list[type] = []
    left: list[Any] = [record]
    while left:
        kind = left.pop()
        left += get_args(kind)
        if isinstance(kind, type) and kind not in found and _is_record(kind):
            found.append(kind)
            left += get_type_hints(kind).values()
    return found


def _is_record(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or issubclass(kind, msgspec.Struct)


def schema_text(name: str) -> bytes:
    """A schema of :data:`SCHEMAS` as it is written in ``resources/schemas``."""
    made = schema_of(*SCHEMAS[name])
    return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"


def main() -> None:
    """Write the schemas in ``resources/schemas`` anew."""
    folder = asset_path("encoders.toml").parent / "schemas"
    folder.mkdir(exist_ok=True)
    for name in SCHEMAS:
        (folder / name).write_bytes(schema_text(name))


if __name__ == "__main__":
    main()
