"""What the load generator itself cost when the study began, as the reports show it: `instrument` of run.json.

It is empty by the counted clock, and absent in older runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire.records import InstrumentRecord
from barewire.results import words

_OVER = {"veth": "a bare veth pair", "wire": "the wire between the machines"}


def facts(found: InstrumentRecord | None) -> list[tuple[str, str]]:
    """Name and value, for a table."""
    if found is None:
        return []
    rows = [("could not be measured", found.failed)] if found.failed else []
    for one in found.bias:
        name = f"{one.protocol} by {one.path}, p50 and p99"
        rows.append((name, _pair(one.latency_ns)))
        if one.wire_ns:
            rows.append((f"{name}, wire to wire", _pair(one.wire_ns)))
    for late in found.pacing:
        offered = words.value(late.offered_per_s, "1/s")
        rows.append((f"lateness at {offered}, {late.timing}, p50 and p99", _pair(late.pacing_ns)))
    for most in found.maximum:
        rows.append((f"maximum of one core, {most.protocol}", words.value(most.rate_per_s, "1/s")))
    return [(f"generator alone: {name}", value) for name, value in rows]


def sentence(found: InstrumentRecord | None) -> str:
    """The shortest form, or nothing."""
    if found is None:
        return ""
    if found.failed:
        return f"The generator alone could not be measured before the study: {found.failed}"
    bias = next((one for one in found.bias if one.protocol == "http" and one.path in _OVER), None)
    if bias is None:
        return ""
    latency = _pair(bias.latency_ns)
    text = f"The generator alone, against barewire-serve over {_OVER[bias.path]}: {latency} at p50 and p99"
    late = next((one for one in found.pacing if one.timing == found.timing), None)
    if late:
        text += f"; it is late by {_pair(late.pacing_ns)}"
    return text + "."


def _pair(quantiles: Mapping[str, float]) -> str:
    return " and ".join(words.value(quantiles.get(key), "ns") for key in ("0.5", "0.99"))
