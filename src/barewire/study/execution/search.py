"""The maximum rate of a network, as an interval: the highest open-loop rate of which 99 % is answered within the probe's
time.

Closed loops before and after frame the search: they carry as much as the pair can at all. MLRsearch, the library of
FD.io's test project (RFC draft "Multiple Loss Ratio Search"), then searches below and above them for the rate. It
probes a rate until enough seconds of probes speak for or against it, and lets up to 30 % of that time go wrong: one bad
probe must not halve the maximum. What it gives is a rate that was carried and one, a width above, that was not.

The result is refused where there is no interval, where it lies further from the closed loops than its own width, or
below a rate that a probe sustained by as much; then the search is repeated. What the last search disagrees with is in
`note`. Up to a factor of 1.5 the interval is widened to hold all of it; beyond that, and where the search found nothing,
there is no interval, and half of the slowest closed loop that was answered is given as a rate that is surely carried. In a
short study a load lasts a tenth of a second, and on a busy machine one may get no answer in that time: the search is then
repeated too. So is, four times as long, a closed loop of thousands of connections that ends before each had an answer. Only a
server that answered no closed loop is an error.

On a quiet machine the two mostly agree: 129.4 to 133.4 k/s against 129.9 to 131.2 for the host, 80.1 to 82.5 against
77.6 to 81.7 for VXLAN (two cores, nginx, 100 B).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from MLRsearch import AbstractMeasurer, Config, MeasurementResult, MultipleLossRatioSearch, SearchGoal

from barewire.errors import LoadError
from barewire.records import MaximumRecord, ProbeRecord
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.loads import Site
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.requests import http_spec, run_load

SUSTAINED = 0.99
MAY_GO_WRONG = 0.3
SHORTEST_S = 0.1
LONGEST_CLOSED_S = 6.4
"""A closed loop is not made longer than this to give every connection an answer."""

PROBE_OVERHEAD_S = 0.3
"""Of a probe, beside its length: starting the generator, its connections and the warm-up. It does not shrink with the effort."""

_PROBES = 12
"""A search has ended after 5 to 10; the shortest one has time for so many."""

_LOWEST, _HIGHEST = 0.1, 1.2
"""The first bracket of the search, of what a closed loop carries."""

_SAFE = 0.5

TOLERATED = 1.5
"""A search, its closed loops and its best probe that differ by less still bracket the maximum together. On two quiet cores a
search has ended at 118 k/s between closed loops of 129 and 134 k/s."""


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """Seconds of the closed loops, of the first probes, of those that decide, of all that decide about one rate, and at most of
    all probes of a search; the width of the interval, as a share of its upper end; how often a search is tried."""

    closed_s: float
    short_s: float
    long_s: float
    sum_s: float
    most_s: float
    width: float
    attempts: int

    def times(self, effort: float) -> Thoroughness:
        """The same for a shorter study: less time, and no narrower an interval than that time can support."""
        closed, short, long, whole = (
            max(SHORTEST_S, effort * seconds) for seconds in (self.closed_s, self.short_s, self.long_s, self.sum_s)
        )
        most = max(_PROBES * (long + PROBE_OVERHEAD_S), max(effort, 0.2) * self.most_s)
        return Thoroughness(closed, short, long, whole, min(self.most_s, most), self.width, self.attempts)


HOST = Thoroughness(0.5, 0.25, 0.5, 2.0, 30.0, 0.03, 3)
"""What every share is compared with: some 6 s."""

CANDIDATE = Thoroughness(0.25, 0.15, 0.25, 0.5, 6.0, 0.05, 2)
"""Every other network: some 2 s, because there are many of them."""

Progress = Callable[[str, int, float, bool], None]
"""Network, response size, rate probed per second, whether it was sustained."""


def maximum(
    path: PathUnderTest, site: Site, plan: StudyPlan, size: int, progress: Progress, thoroughness: Thoroughness = HOST
) -> MaximumRecord:
    """Search on `path`, whose server runs."""
    prober = _Prober(path, site, plan, size, progress)
    closed: list[float] = []
    answered: list[float] = []
    failure = unanswered(path, plan)
    note, low, high, prober_sustained = "", None, None, 0.0
    for _ in range(thoroughness.attempts):
        low = high = None
        closed = []
        try:
            closed.append(prober.closed_loop(thoroughness.closed_s))
            if closed[0] > 0:
                low, high = search(prober, closed[0], thoroughness)
                closed.append(prober.closed_loop(thoroughness.closed_s))
        except LoadError as error:  # the generator refuses a load without any answer
            failure = error
            closed.append(0.0)
        answered += [one for one in closed if one > 0]
        prober_sustained = prober.sustained()
        note = disagreement(low, high, min(closed), max(closed), prober_sustained, thoroughness.width)
        if not note:
            assert low is not None
            return _record(low, low, high, closed, "", prober.probes)
        prober.forget()
    if not answered:
        raise failure
    if low is not None and min(closed) > 0 and (bounds := joint_bounds(low, high, closed, prober_sustained)):
        return _record(low, *bounds, closed, note, prober.probes)
    return _record(_SAFE * min(answered), None, None, closed, note, prober.probes)


def unanswered(path: PathUnderTest, plan: StudyPlan) -> LoadError:
    """The error of a path that no closed loop got an answer from."""
    return LoadError(
        f"the maximum rate of {path.name} was not found",
        where=path.server,
        said=f"none of {plan.connections} connections was answered in time",
        remedy="Use fewer (--connections), or a machine with less other work",
    )


def disagreement(
    low: float | None, high: float | None, slower: float, faster: float, sustained: float, width: float
) -> str:
    """Why a search's interval cannot be believed; empty where it can. `slower` and `faster` are the closed loops (0 where a load
    failed), `sustained` the highest rate that a probe carried."""
    if slower <= 0:
        return "a load got no answer at all"
    if low is None:
        return "the search found no rate that was carried within its time"
    top = high if high is not None else low
    if low > faster * (1 + width) or top < slower * (1 - width):
        return f"the search ended at {low:.0f}/s, and closed loops carried {slower:.0f} to {faster:.0f}/s"
    if top < sustained * (1 - width):
        return f"the search ended at {low:.0f}/s, and a probe had sustained {sustained:.0f}/s"
    return ""


def joint_bounds(
    low: float, high: float | None, closed: Sequence[float], sustained: float
) -> tuple[float, float] | None:
    """The interval that a search and what contradicts it make together; None where they are further apart than `TOLERATED`."""
    seen = [low, *closed, *([high] if high else []), *([sustained] if sustained else [])]
    return (min(seen), max(seen)) if max(seen) <= TOLERATED * min(seen) else None


def search(measurer: AbstractMeasurer, ceiling: float, how: Thoroughness = HOST) -> tuple[float | None, float | None]:
    """The highest rate that was carried and the lowest that was not; None for what was not found."""
    config = Config()
    # The order matters to the library: its ends begin at 9 k/s and 1 G/s, and must never cross. A busy machine is below both.
    config.min_load = max(1.0, _LOWEST * ceiling)
    config.max_load = max(2.0, _HIGHEST * ceiling)
    config.search_duration_max = how.most_s
    config.warmup_duration = 0.0
    goal = SearchGoal(
        loss_ratio=1 - SUSTAINED, exceed_ratio=MAY_GO_WRONG, relative_width=how.width,
        initial_trial_duration=how.short_s, final_trial_duration=how.long_s, duration_sum=how.sum_s,
    )  # fmt: skip
    config.goals = [goal]
    try:
        found = MultipleLossRatioSearch(config=config).search(measurer=measurer, debug=lambda *_: None)[goal]
    except RuntimeError:
        return None, None  # it took too long
    low, high = found.relevant_lower_bound, found.relevant_upper_bound
    return low and float(low), high and float(high)


def _record(
    rate: float, low: float | None, high: float | None, closed: list[float], note: str, probes: list[ProbeRecord]
) -> MaximumRecord:
    return MaximumRecord(
        rate_per_s=rate,
        rate_low_per_s=low,
        rate_high_per_s=high,
        closed_loop_per_s=(min(closed), max(closed)),
        note=note,
        probes=tuple(probes),
    )


class _Prober(AbstractMeasurer):  # type: ignore[misc] # the library has no types
    """Offers rates to a network and keeps what came of each."""

    def __init__(self, path: PathUnderTest, site: Site, plan: StudyPlan, size: int, progress: Progress) -> None:
        self._path, self._site, self._plan, self._size, self._progress = path, site, plan, size, progress
        self._from = 0
        self.probes: list[ProbeRecord] = []

    def closed_loop(self, seconds: float) -> float:
        """What is answered as fast as it goes, per second. Thousands of connections take turns: a load in which each had no
        answer yet is repeated for longer."""
        while True:
            found = self._probe(None, seconds).achieved_per_s
            if found * seconds >= self._plan.connections or seconds >= LONGEST_CLOSED_S:
                return found
            seconds = min(4 * seconds, LONGEST_CLOSED_S)

    def sustained(self) -> float:
        """The highest rate that a probe of this attempt sustained."""
        open_loops = [one for one in self.probes[self._from :] if one.kind == "open loop" and one.sustained]
        return max((one.rate_per_s for one in open_loops), default=0.0)

    def forget(self) -> None:
        """Another attempt begins: its probes are its own."""
        self._from = len(self.probes)

    def _probe(self, rate: float | None, seconds: float) -> ProbeRecord:
        spec = http_spec(
            self._path, self._site, self._plan, self._size, rate, seconds, self._plan.seed + len(self.probes)
        )
        result, _ = run_load(self._path, self._site, spec)
        offered = rate if rate is not None else result.achieved_per_s
        sustained = result.unfinished == 0 and result.achieved_per_s >= SUSTAINED * offered
        found = ProbeRecord(
            kind="closed loop" if rate is None else "open loop",
            rate_per_s=offered,
            sustained=sustained,
            achieved_per_s=result.achieved_per_s,
            seconds=seconds,
            pacing_p99_ns=None if rate is None else result.histogram("pacing").quantile(0.99),
        )
        self.probes.append(found)
        self._progress(self._path.name, self._size, offered, sustained)
        return found

    def measure(self, intended_duration: float, intended_load: float) -> MeasurementResult:
        """As the library asks: what was offered, and what of it was answered in time."""
        begun = time.monotonic()
        found = self._probe(intended_load, intended_duration)
        offered = max(1, round(intended_load * intended_duration))
        return MeasurementResult(
            intended_duration=intended_duration,
            intended_load=intended_load,
            offered_count=offered,
            forwarding_count=min(offered, round(found.achieved_per_s * intended_duration)),
            duration_with_overheads=time.monotonic() - begun,
        )
