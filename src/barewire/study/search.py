"""The maximum rate of the host, as an interval: the 100 % that every load's share is of.

A closed loop first finds how fast the pair can go at all. Then MLRsearch, the library of FD.io's test project (RFC draft
"Multiple Loss Ratio Search"), searches for the highest open-loop rate of which 99 % is answered within the probe's own time,
which bounds the queue that may be left. It probes a rate until two seconds of probes speak for or against it, and lets up to
30 % of that time go wrong: a machine that others use is never quiet for long, and one bad probe must not halve the maximum. What
it gives is a rate that was carried and one, 3 % above, that was not.

Where no rate at all is carried, or the search takes too long, the highest rate that was achieved is taken, and the record says
so by having no interval.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from MLRsearch import AbstractMeasurer, Config, MeasurementResult, MultipleLossRatioSearch, SearchGoal

from barewire.errors import LoadError
from barewire.lab.lab import Lab
from barewire.study import budget
from barewire.study.loads import Site, http_spec, run_load
from barewire.study.plan import StudyPlan

CEILING_SECONDS = 0.5
SUSTAINED = 0.99
WIDTH = 0.03
"""The interval's width, as a share of its upper end."""

SHORT_S, LONG_S, SUM_S = 0.25, 0.5, 2.0
"""Seconds of the first probes, of those that decide, and of all that decide about one rate, in a study of some minutes; a shorter
one takes less of each (`budget.effort`)."""

SHORTEST_S = 0.1

MAY_GO_WRONG = 0.3
LONGEST_S = 30.0
_LOWEST, _HIGHEST = 0.1, 1.2
_SAFE = 0.5

Progress = Callable[[int, float, bool], None]
"""Response size, rate probed per second, whether it was sustained."""


def maximum(lab: Lab, site: Site, plan: StudyPlan, size: int, progress: Progress) -> dict[str, Any]:
    """Search on `lab`, whose server runs; the record under `maximum.response_bytes` of `run.json`."""
    prober = _Prober(lab, site, plan, size, progress)
    ceiling = prober.probe(None, CEILING_SECONDS)["achieved_per_s"]
    if ceiling <= 0:
        raise LoadError("the host answered no request at all", where=lab.namespace(site.server))
    low, high = _searched(prober, ceiling, budget.effort(plan))
    # The closed loop's is no rate that could be offered, but it is all there is to go by where short probes met a machine that
    # stood still.
    rate = low or max((found["achieved_per_s"] for found in prober.probes[1:]), default=0.0) or _SAFE * ceiling
    return {"rate_per_s": rate, "rate_low_per_s": low, "rate_high_per_s": high, "probes": prober.probes}


def _searched(measurer: AbstractMeasurer, ceiling: float, effort: float = 1.0) -> tuple[float | None, float | None]:
    """The highest rate that was carried and the lowest that was not; None for what was not found."""
    config = Config()
    # The order matters to the library: its ends begin at 9 k/s and 1 G/s, and must never cross. A busy machine is below both.
    config.min_load = max(1.0, _LOWEST * ceiling)
    config.max_load = max(2.0, _HIGHEST * ceiling)
    config.search_duration_max = LONGEST_S * effort
    config.warmup_duration = 0.0
    goal = SearchGoal(
        loss_ratio=1 - SUSTAINED, exceed_ratio=MAY_GO_WRONG, relative_width=WIDTH,
        initial_trial_duration=max(SHORTEST_S, SHORT_S * effort), final_trial_duration=max(SHORTEST_S, LONG_S * effort),
        duration_sum=max(SHORTEST_S, SUM_S * effort),
    )  # fmt: skip
    config.goals = [goal]
    try:
        found = MultipleLossRatioSearch(config=config).search(measurer=measurer, debug=lambda *_: None)[goal]
    except RuntimeError:
        return None, None  # it took too long
    low, high = found.relevant_lower_bound, found.relevant_upper_bound
    return low and float(low), high and float(high)


class _Prober(AbstractMeasurer):  # type: ignore[misc] # the library has no types
    """Offers rates to the host and keeps what came of each."""

    def __init__(self, lab: Lab, site: Site, plan: StudyPlan, size: int, progress: Progress) -> None:
        self._lab, self._site, self._plan, self._size, self._progress = lab, site, plan, size, progress
        self.probes: list[dict[str, Any]] = []

    def probe(self, rate: float | None, seconds: float) -> dict[str, Any]:
        """One load, as fast as it goes with `rate` None."""
        spec = http_spec(
            self._lab, self._site, self._plan, self._size, rate, seconds, self._plan.seed + len(self.probes)
        )
        result, _ = run_load(self._lab, self._site, spec)
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
        self.probes.append(found)
        self._progress(self._size, offered, sustained)
        return found

    def measure(self, intended_duration: float, intended_load: float) -> MeasurementResult:
        """As the library asks: what was offered, and what of it was answered in time."""
        begun = time.monotonic()
        found = self.probe(intended_load, intended_duration)
        offered = max(1, round(intended_load * intended_duration))
        return MeasurementResult(
            intended_duration=intended_duration,
            intended_load=intended_load,
            offered_count=offered,
            forwarding_count=min(offered, round(found["achieved_per_s"] * intended_duration)),
            duration_with_overheads=time.monotonic() - begun,
        )
