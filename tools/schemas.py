"""The published JSON Schemas, made of the record types that write and read what they describe: `scripts/docs` runs this.

What a type says becomes the schema: fields without a default and those that are `Written` or `Always` are required, and no other
keys are allowed, but in what `OPEN` names. `RULES` adds what a type cannot say, and names that are listed elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from barewire import records, schemas, workloads
from barewire.addresses.romana.plan import PrefixPlan
from barewire.records.comparison import CompareDocument
from barewire.records.coordination import CostDocument
from barewire.records.environment import EnvironmentRecord, HostRecord, LimitsRecord, PeerRecord, VmRecord
from barewire.records.fields import ALWAYS, written
from barewire.records.history import HistoryDocument
from barewire.records.kernels import KernelsDocument
from barewire.records.labs import LabsDocument
from barewire.results.explained import Document
from barewire.workloads.generator import packets

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "src" / "barewire" / "schemas"
TYPES: Mapping[str, type] = {
    "run": records.RunRecord,
    "trial": records.Trial,
    "summary": records.Summary,
    "study": records.StudyRecord,
    "compare": CompareDocument,
    "history": HistoryDocument,
    "load": records.LoadDocument,
    "kernels": KernelsDocument,
    "labs": LabsDocument,
    "explain": Document,
    "prefixes": PrefixPlan,
    "cost": CostDocument,
}
ABOUT = {
    "run": "run.json: what was planned, on which machine, and the maximum rates. Written once, before the first trial.",
    "trial": "a line of trials.ndjson: one network on one freshly built lab. Latencies in ns, other times in s.",
    "summary": "summary.json: the overhead of every network against the host. Ratios are network over host.",
    "study": "study.json: which runs belong together. Each is a run directory below the one that holds this file.",
    "compare": "what barewire compare --json prints: runs against the first of them. Ratios are after over before.",
    "history": "what barewire history --json prints: all runs below a directory in time order, and where they changed.",
    "load": "what barewire load prints: one load by hand.",
    "kernels": "what barewire kernels --json prints: the kernels that a study can run on.",
    "labs": "what barewire lab list --json prints: the labs that are up, with their network namespaces.",
    "explain": "explain.json: where the instructions of an operation go.",
    "prefixes": "what barewire networks plan --json prints: the prefixes of a topology, their nodes and routes.",
    "cost": "what barewire networks cost --json prints: what networks hold, change and lose as they grow.",
}
OPEN = (EnvironmentRecord, HostRecord, PeerRecord, LimitsRecord, VmRecord)
"""What may have more keys: every key of a machine is kept, compared and shown."""

PROTOCOLS = [
    name
    for found in re.findall(r"^PROTOCOL\((\S+)\)", (ROOT / "csrc/load/protocols.def").read_text(), re.MULTILINE)
    if (name := found.replace("_", "-")) != packets.PROTOCOL
]
"""Of `barewire load`: those that something answers to."""

RULES: Mapping[str, Mapping[str, Any]] = {
    "run": {"properties": {"networks": {"minItems": 1}}},
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
NAMES: Mapping[tuple[str, str], list[str]] = {
    ("PlanRecord", "workloads"): [one.name for one in workloads.every()],
    ("LoadSettings", "protocol"): PROTOCOLS,
}
"""By type and field, what each name may be."""


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
        **_joined(_bare(found), RULES.get(name, {})),
        **({"$defs": {title: _bare(one) for title, one in sorted(definitions.items())}} if definitions else {}),
    }


def text(name: str) -> str:
    """As its file has it."""
    return json.dumps(made(name), ensure_ascii=False, indent=1) + "\n"


def _known(root: type) -> dict[str, type]:
    """Every record type that one is made of, by name."""
    found: dict[str, type] = {}

    def visit(hint: Any) -> None:
        is_record = isinstance(hint, type) and (is_dataclass(hint) or is_typeddict(hint))
        if is_record and hint.__name__ not in found:
            found[hint.__name__] = hint
            for one in get_type_hints(hint, include_extras=True).values():
                visit(one)
        for inner in getattr(hint, "__args__", ()):
            visit(inner)

    visit(root)
    return found


def _complete(schema: dict[str, Any], record: type) -> None:
    """Say which keys are required and never null, and that there are no others."""
    hints = get_type_hints(record, include_extras=True)
    schema["required"] = list(written(record))
    schema["additionalProperties"] = record in OPEN
    for name, hint in hints.items():
        if ALWAYS in getattr(hint, "__metadata__", ()):
            [found] = [one for one in schema["properties"][name]["anyOf"] if one != {"type": "null"}]
            schema["properties"][name] = found
        if names := NAMES.get((record.__name__, name)):
            of_each = schema["properties"][name].get("items", schema["properties"][name])
            of_each.clear()
            of_each["enum"] = names
    if record.__doc__:
        schema["description"] = " ".join(record.__doc__.split())


def _joined(schema: dict[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with rules, which add to its properties."""
    properties = {
        name: {**one, **rules.get("properties", {}).get(name, {})} for name, one in schema["properties"].items()
    }
    return {**schema, **rules, "properties": properties}


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
    """Write every schema."""
    for name in TYPES:
        (FOLDER / f"{name}-{schemas.VERSION}.schema.json").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
