"""When a trial does not count, decided by rule and before anybody looks at its outcome.

The rules concern the instrument and the machine, never the network: a slow network is a result. They are the same for the
host and for the others, because a rule that only one side can break would choose the winners. A rejected trial stays in the
run with its rule, is counted in the report, and is run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barewire.measure import machine

MOST_STEAL = 0.05
"""Of all CPU time. Above it the hypervisor has had other things to do."""

MOST_ERRORS = 0.001
"""Of all requests. Above it the load was another load."""


def check(loads: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """The rules that a trial breaks, as its record keeps them; none is a valid trial."""
    broken = []
    for load in loads:
        name = load["load"] if load["kind"] == "bulk" else f"{load['load']} at {load['response_bytes']} B"
        steal = machine.steal_share(load["machine"])
        if steal > MOST_STEAL:
            broken.append(_broken("steal time", f"{name}: the hypervisor kept {steal:.1%} of the CPU time back"))
        if load["kind"] == "bulk":
            continue
        errors = {kind: count for kind, count in load["errors"].items() if count}
        if sum(errors.values()) > MOST_ERRORS * max(1, load["requests"]):
            listed = ", ".join(f"{count} {kind}" for kind, count in errors.items())
            broken.append(_broken("failed requests", f"{name}: {listed} of {load['requests']} requests"))
    return broken


def _broken(rule: str, detail: str) -> dict[str, str]:
    return {"rule": rule, "detail": detail}
