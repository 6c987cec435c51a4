"""The published JSON Schemas of a run directory and of what is made from several, one file a format and version.

They are data that other programs may use (`barewire/schemas/run-2.schema.json` in the installed package), explained in
docs/formats.md. A reader that only wants to know whether a record is one of ours asks `missing`: whole validation needs
a library that barewire does not otherwise need, and is done in the tests for everything that barewire writes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from importlib import resources
from typing import Any

VERSION = 2
NAMES = (
    "run",
    "trial",
    "summary",
    "study",
    "compare",
    "history",
    "load",
    "kernels",
    "labs",
    "explain",
    "prefixes",
    "cost",
)


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one of `NAMES`."""
    text = resources.files(__name__).joinpath(f"{name}-{VERSION}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def missing(name: str, record: Collection[str]) -> list[str]:
    """The required top-level keys that a record, or its keys, lack."""
    return [key for key in schema(name)["required"] if key not in record]
