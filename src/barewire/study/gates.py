"""When a trial does not count, decided by rule and before anybody looks at its outcome.

The rules concern the instrument and the machine, never the network: a slow network is a result. A rejected trial stays in
the run with its rule, is counted in the report, and is run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barewire.measure import machine

MOST_STEAL = 0.05
"""Of all CPU time. Above it the hypervisor has had other things to do."""

MOST_ERRORS = 0.001
"""Of all requests. Above it the load was another load."""

LEAST_ACHIEVED = 0.98
"""Of the offered rate, on the host at up to `HIGHEST_SURE_SHARE` of its own maximum."""

HIGHEST_SURE_SHARE = 0.6


def check(role: str, loads: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
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
        if load["kind"] == "rate" and role != "candidate" and _sure(load["load"]):
            share = load["achieved_per_s"] / load["offered_per_s"]
            if share < LEAST_ACHIEVED:
                broken.append(_broken("baseline below the offered rate", f"{name}: {share:.1%} of it was reached"))
    return broken


def _sure(load: str) -> bool:
    return float(load.removesuffix("%")) / 100 <= HIGHEST_SURE_SHARE


def _broken(rule: str, detail: str) -> dict[str, str]:
    return {"rule": rule, "detail": detail}
