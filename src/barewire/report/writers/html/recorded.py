"""What a run has recorded, as the page shows it whole: the environment as rows, the plan as TOML that can be run again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def rows_of(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Name and text of every value, nested names joined by a point."""
    flat: list[tuple[str, str]] = []
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat += rows_of(item, f"{prefix}{key} · ")
        elif isinstance(item, list | tuple):
            flat.append((f"{prefix}{key}", ", ".join(map(str, item))))
        else:
            flat.append((f"{prefix}{key}", f"{item}"))
    return flat


def toml(plan: Mapping[str, Any]) -> str:
    """The plan as TOML: JSON's scalars and arrays are TOML's, a null is left out, a mapping is a table at the end."""
    plain = [
        f"{_key(k)} = {json.dumps(v, ensure_ascii=False)}"
        for k, v in plan.items()
        if v is not None and not isinstance(v, Mapping)
    ]
    tables = [f"\n[{_key(k)}]\n{toml(v)}" for k, v in plan.items() if isinstance(v, Mapping)]
    return "\n".join([*plain, *tables])


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
