"""What the load generator itself cost when the study began, as the reports show it: `instrument` of run.json.

The object is open and may be missing (older runs, other writers), so whatever cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from barewire.results import words


def facts(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value, for a table."""
    rows = [("could not be measured", str(found["failed"]))] if found.get("failed") else []
    for one in _entries(found, "bias"):
        name = f"{one.get('protocol')} by {one.get('path')}, p50 and p99"
        rows.append((name, _pair(one.get("latency_ns"))))
        if one.get("wire_ns"):
            rows.append((f"{name}, wire to wire", _pair(one.get("wire_ns"))))
    for one in _entries(found, "pacing"):
        offered = words.value(_number(one.get("offered_per_s")), "1/s")
        rows.append((f"lateness at {offered}, {one.get('timing')}, p50 and p99", _pair(one.get("pacing_ns"))))
    for one in _entries(found, "maximum"):
        rows.append((f"maximum of one core, {one.get('protocol')}", words.value(_number(one.get("rate_per_s")), "1/s")))
    return [(f"generator alone: {name}", value) for name, value in rows]


def sentence(found: Mapping[str, Any]) -> str:
    """The shortest form, or nothing."""
    if found.get("failed"):
        return f"The generator alone could not be measured before the study: {found['failed']}"
    bias = next((b for b in _entries(found, "bias") if (b.get("protocol"), b.get("path")) == ("http", "veth")), None)
    if bias is None:
        return ""
    latency = _pair(bias.get("latency_ns"))
    text = f"The generator alone, against barewire-serve over a bare veth pair: {latency} at p50 and p99"
    late = next((p for p in _entries(found, "pacing") if p.get("timing") == found.get("timing")), None)
    if late:
        text += f"; it is late by {_pair(late.get('pacing_ns'))}"
    return text + "."


def _entries(found: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    entries = found.get(key)
    if isinstance(entries, list | tuple):
        yield from (one for one in entries if isinstance(one, Mapping))


def _pair(quantiles: object) -> str:
    side = quantiles if isinstance(quantiles, Mapping) else {}
    return " and ".join(words.value(_number(side.get(key)), "ns") for key in ("0.5", "0.99"))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
