"""The plan as one JSON document; docs/formats.md explains its keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from barewire.addresses.romana.plan import PrefixPlan
from barewire.render.format import Format


def document(plan: PrefixPlan) -> str:
    """The plan as JSON."""
    return json.dumps(_plain(plan), ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


FORMAT = Format("json", "prefixes.json", "everything, for programs", document)
