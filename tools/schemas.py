"""The published JSON Schemas of a run's files, made of the record types that write and read them: `scripts/docs` runs this.

What a type says becomes the schema: fields without a default and those that are `Written` are required, no other keys are
allowed. `RULES` adds what a type cannot say. `run` has its plan from `StudyPlan` and is written by hand otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from barewire import schemas
from barewire.results import records
from barewire.results.explained import Document
from barewire.results.records import fields as record_fields

FOLDER = Path(__file__).parents[1] / "src" / "barewire" / "schemas"
TYPES: Mapping[str, type] = {
    "trial": records.Trial, "summary": records.Summary, "study": records.StudyRecord, "explain": Document,
}  # fmt: skip
ABOUT = {
    "trial": "a line of trials.ndjson: one network on one freshly built lab. Latencies in ns, other times in s.",
    "summary": "summary.json: the overhead of every network against the host. Ratios are network over host.",
    "study": "study.json: which runs belong together. Each is a run directory below the one that holds this file.",
    "explain": "explain.json: where the instructions of an operation go.",
}
RULES: Mapping[str, Mapping[str, Any]] = {
    "trial": {
        "if": {"properties": {"valid": {"const": True}}},
        "then": {
            "properties": {
                "rejected": {"maxItems": 0},
                "setup": {"not": {"type": "null"}},
                "proof": {"not": {"type": "null"}},
                "loads": {"minItems": 1},
            }
        },
        "else": {"properties": {"rejected": {"minItems": 1}}},
        "allOf": [
            {
                "if": {"not": {"required": ["layout"]}},
                "then": {"properties": {"loads": {"items": {"required": ["machine"]}}}},
            }
        ],
    },
}


def made(name: str) -> dict[str, Any]:
    """The schema of one of `TYPES`."""
    known = _known(TYPES[name])
    found = TypeAdapter(TYPES[name]).json_schema(mode="validation", by_alias=True)
    definitions = found.pop("$defs", {})
    for title, one in definitions.items():
        _complete(one, known[title])
    _complete(found, TYPES[name])
    found["properties"]["schema"] = {"const": f"barewire/{name}/{schemas.VERSION}"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:barewire:{name}:{schemas.VERSION}",
        "title": ABOUT[name],
        **_bare(found),
        **RULES.get(name, {}),
        **({"$defs": {title: _bare(one) for title, one in sorted(definitions.items())}} if definitions else {}),
    }


def text(name: str) -> str:
    """As its file has it."""
    return json.dumps(made(name), ensure_ascii=False, indent=1) + "\n"


def _known(root: type) -> dict[str, type]:
    """Every record type that one is made of, by name."""
    found: dict[str, type] = {}

    def visit(hint: Any) -> None:
        if is_dataclass(hint) and isinstance(hint, type) and hint.__name__ not in found:
            found[hint.__name__] = hint
            for one in get_type_hints(hint, include_extras=True).values():
                visit(one)
        for inner in getattr(hint, "__args__", ()):
            visit(inner)

    visit(root)
    return found


def _complete(schema: dict[str, Any], record: type) -> None:
    """Say which keys are required, and that there are no others."""
    hints = get_type_hints(record, include_extras=True)
    required = []
    for one in fields(record):
        marks = getattr(hints[one.name], "__metadata__", ())
        alias = next((mark.alias for mark in marks if getattr(mark, "alias", None)), one.name)
        if record_fields.WRITTEN in marks or (one.default is MISSING and one.default_factory is MISSING):
            required.append(alias)
    schema["required"] = required
    schema["additionalProperties"] = False
    if record.__doc__:
        schema["description"] = " ".join(record.__doc__.split())


def _bare(schema: Any) -> Any:
    """Without pydantic's titles and defaults; a field that may be left out need not be null."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _bare(one) for name, one in value.items()} if key == "properties" else _bare(value)
        for key, value in schema.items()
        if not (key in ("title", "default") and not isinstance(value, dict))
    }


def main() -> None:
    """Write every schema that is made of a type."""
    for name in TYPES:
        (FOLDER / f"{name}-{schemas.VERSION}.schema.json").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
