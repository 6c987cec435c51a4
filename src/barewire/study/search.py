"""The maximum rate of the host: the 100 % that every load's share is of.

A closed loop first finds how fast the pair can go at all; an open loop can sustain a little less, because its requests do not
wait for each other. Short probes halve the gap; the rate found is then confirmed by a longer one, and lowered until it is.
A rate is sustained when 99 % of it is answered within the probe's own time, which bounds the queue that may be left. Where no
rate can be confirmed, because the machine is never quiet for so long, the last one achieved is taken, and the record says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from barewire.errors import LoadError
from barewire.lab.lab import Lab
from barewire.study.loads import Site, http_spec, run_load
from barewire.study.plan import StudyPlan

PROBE_SECONDS, CONFIRM_SECONDS = 0.5, 2.0
SUSTAINED = 0.99
GRAIN = 0.02
"""Halving stops when the gap is this share of the rate."""

STEP_DOWN = 0.95
_LOWEST, _MOST_CONFIRMATIONS = 0.3, 8

Progress = Callable[[int, float, bool], None]
"""Response size, rate probed per second, whether it was sustained."""


def maximum(lab: Lab, site: Site, plan: StudyPlan, size: int, progress: Progress) -> dict[str, Any]:
    """Search on `lab`, whose server runs; the record under `maximum.response_bytes` of `run.json`."""
    probes: list[dict[str, Any]] = []

    def probe(rate: float | None, seconds: float) -> dict[str, Any]:
        spec = http_spec(lab, site, plan, size, rate, seconds, plan.seed + len(probes))
        result, _ = run_load(lab, site, spec)
        offered = rate if rate is not None else result.achieved_per_s
        sustained = result.unfinished == 0 and result.achieved_per_s >= SUSTAINED * offered
        found = {
            "kind": "closed loop" if rate is None else "open loop",
            "rate_per_s": offered,
            "achieved_per_s": result.achieved_per_s,
            "seconds": seconds,
            "sustained": sustained,
        }
        if rate is not None:
            found["pacing_p99_ns"] = result.histogram("pacing").quantile(0.99)
        probes.append(found)
        progress(size, offered, sustained)
        return found

    ceiling = probe(None, PROBE_SECONDS)["achieved_per_s"]
    if ceiling <= 0:
        raise LoadError("the host answered no request at all", where=lab.namespace(site.server))
    low, high = _LOWEST * ceiling, 1.1 * ceiling
    while high - low > GRAIN * ceiling:
        middle = (low + high) / 2
        if probe(middle, PROBE_SECONDS)["sustained"]:
            low = middle
        else:
            high = middle
    rate = low
    for _ in range(_MOST_CONFIRMATIONS):
        confirmed = probe(rate, CONFIRM_SECONDS)
        if confirmed["sustained"]:
            break
        rate *= STEP_DOWN
    else:
        # A machine that others use may never be quiet for two seconds. What it did reach is as good a 100 % as there is.
        rate = confirmed["achieved_per_s"]
        if rate <= 0:
            raise LoadError("the host answered no request at all", where=lab.namespace(site.server))
    return {"rate_per_s": rate, "probes": probes[:-1], "confirmed": confirmed}
