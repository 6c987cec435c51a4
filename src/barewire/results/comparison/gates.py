"""Gates: limits that a network must keep, judged only as far as the runs allow.

A gate fails if the whole interval lies beyond its limit, holds if the whole interval lies within, and is undecided
otherwise. "Undecided" is an answer: a gate that takes it for "holds" lets every regression through that hides in noise.

A run that stopped when it was precise has looked several times; its intervals are those of its last look, here as in its report.

Several gates are judged together after Holm ("A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
Journal of Statistics 6, 1979): with m of them open, intervals are of confidence 1 - 0.05 / m; each that is decided leaves
one fewer. So the chance of a single wrong word among all of them is at most 5 %. Nothing is judged where the host differs
from itself at 99 %: then the blocks are not what the method takes them for.

Intervals have the unit of the comparison (`units`): runs where there are several, else blocks, widened by what is known of other
runs. Where nothing is, the gate is judged for the runs that were given alone, and `basis` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from barewire.errors import UsageError
from barewire.records.comparison import Basis, Outcome
from barewire.results import BASELINE, waits, words
from barewire.results.analysis import SETUP, LoadKey, Run, metrics_of
from barewire.results.clock import COUNTED, clock_of, resolution
from barewire.results.comparison.change import Comparison
from barewire.results.comparison.chosen import distance
from barewire.results.comparison.gate import Gate, network_of
from barewire.results.comparison.question import Question
from barewire.results.comparison.sides import side_of
from barewire.results.comparison.units import Earlier, level, overhead_at
from barewire.statistics import CONFIDENCE, Interval

EXIT = {"holds": 0, "fails": 1, "undecided": 3}
_SAME_HOST = 0.99


About = Literal["change", "change of the overhead", "overhead"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate's `outcome` at `confidence`; `after` is the number of the run that it is about, `basis` what was repeated.

    `about` is what was judged of the `question`, by the clock that counts if `counted`; `values` are those before and after,
    where they compare. `why` is the reason that the runs could not be asked. `idle` has the CPU's idle share by side, where the
    load waited.
    """

    gate: Gate
    after: int
    outcome: Outcome
    confidence: float
    interval: Interval | None
    basis: Basis = "blocks"
    question: Question | None = None
    why: str = ""
    about: About = "change of the overhead"
    values: tuple[float | None, float | None] | None = None
    counted: bool = False
    idle: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Open:
    """A gate that is not decided yet. `interval` asks the runs at a confidence, which is the `level` of what all their looks
    together are to have; the limit holds for ratios that differ from it by the clock's `resolution`. The rest is as in
    `Judged`."""

    gate: Gate
    after: int
    question: Question | None = None
    why: str = ""
    interval: Callable[[float], Interval | None] = lambda _confidence: None
    level: Callable[[float], float] = lambda together: together
    about: About = "change of the overhead"
    values: tuple[float | None, float | None] | None = None
    counted: bool = False
    idle: Mapping[str, float] = field(default_factory=dict)
    basis: Basis = "blocks"
    resolution: float = 1.0

    def judged(self, outcome: Outcome, confidence: float, interval: Interval | None) -> Judged:
        """Decided, at least for now."""
        return Judged(
            self.gate,
            self.after,
            outcome,
            confidence,
            interval,
            self.basis,
            self.question,
            self.why,
            self.about,
            self.values,
            self.counted,
            self.idle,
        )


def judge(
    gates: Sequence[Gate],
    comparisons: Sequence[Comparison],
    sides: Sequence[Run | Sequence[Run]],
    earlier: Sequence[Run] = (),
) -> tuple[Judged, ...]:
    """Every gate, for every side after the first (an `overhead` gate of a single side: for that, with `earlier` runs), by
    the number of its first run.

    Raises `UsageError` for a gate whose network no run knows, or that asks one run how it changed.
    """
    each = [(side,) if isinstance(side, Run) else tuple(side) for side in sides]
    numbers = [sum(map(len, each[:i])) for i in range(len(each))]
    known = list(
        dict.fromkeys(n.name for side in each for run in side for n in run.record.networks if n.name != BASELINE)
    )
    waiting: list[_Open] = []
    for gate in gates:
        if not gate.overhead and not comparisons:
            remedy = 'Give a second run, or ask for the overhead against the host: "NETWORK METRIC overhead <= N%"'
            raise UsageError(f"the gate {gate.text!r} asks what changed, and there is one run", remedy=remedy)
        if gate.network == BASELINE and (gate.overhead or not all(one.counted for one in comparisons)):
            raise UsageError(
                f"the gate {gate.text!r} is about the host", remedy="Overheads are against the host: name a network"
            )
        network = network_of(gate.network, [BASELINE, *known] if gate.network == BASELINE else known)
        if gate.overhead:
            waiting += [
                _overhead_gate(gate, network, side, numbers[i], comparisons[i - 1].earlier if i else Earlier(earlier))
                for i, side in enumerate(each)
                if i or len(each) == 1
            ]
        else:
            waiting += [_change_gate(gate, network, found, numbers[i]) for i, found in enumerate(comparisons, start=1)]
    return _holm(waiting)


def _holm(waiting: Sequence[_Open]) -> tuple[Judged, ...]:
    judged: dict[int, Judged] = {}
    able = [i for i, one in enumerate(waiting) if not one.why]
    while able:
        confidence = 1 - (1 - CONFIDENCE) / len(able)
        said = {i: _judged(waiting[i], confidence) for i in able}
        judged |= said
        undecided = [i for i in able if said[i].outcome == "undecided"]
        if len(undecided) == len(able):
            break
        able = undecided
    blind = {i: _judged(one, CONFIDENCE) for i, one in enumerate(waiting) if one.why}
    return tuple((judged | blind)[i] for i in range(len(waiting)))


def _change_gate(gate: Gate, network: str, comparison: Comparison, after: int) -> _Open:
    for side, when in ((comparison.runs[0], "before"), (comparison.runs[1], "after")):
        for run in side:
            if network not in run.measured:
                return _Open(gate, after, why=_unmeasured(network, run, f"the run {when}"))
    question, why = _question(gate, network, comparison.loads)
    if question is None:
        return _Open(gate, after, why=why)
    counted = comparison.counted
    if why := comparison.saturated(question):
        return _Open(gate, after, question, _unsaid(network, f"the run {why}"))
    if rates := comparison.unlike_rates(question):
        return _Open(
            gate, after, question, f"{network} was offered {rates}, which cannot be compared without --unlike rates"
        )
    if why := _restless(comparison.noise(question, _SAME_HOST), _resolution(question, counted)):
        return _Open(gate, after, question, why)
    return _Open(
        gate,
        after,
        question,
        interval=lambda confidence: comparison.judged(question, confidence),
        level=comparison.level,
        about="change" if counted else "change of the overhead",
        values=comparison.values(question) if counted else None,
        counted=counted,
        idle=_idle(network, question, {"before": comparison.before, "after": comparison.after}) if counted else {},
        basis=comparison.judged_basis(question),
        resolution=_resolution(question, counted),
    )


def _overhead_gate(gate: Gate, network: str, runs: Sequence[Run], after: int, earlier: Earlier) -> _Open:
    for run in runs:
        if network not in run.measured:
            return _Open(gate, after, why=_unmeasured(network, run, "the run"))
    question, why = _question(gate, network, [load for load in runs[0].loads if all(load in run.loads for run in runs)])
    if question is None:
        return _Open(gate, after, why=why)
    sides = [side_of(run, network, question.load) for run in runs]
    counted = clock_of(runs[0].record) == COUNTED
    for side in sides:
        if why := side.saturated(question.metric):
            return _Open(gate, after, question, _unsaid(network, f"the run: {why}"))
        noise = side.floor(question.metric, question.quantile, _SAME_HOST)
        if why := _restless(noise, _resolution(question, counted)):
            return _Open(gate, after, question, why)
    basis, interval = overhead_at(sides, earlier, question.metric, question.quantile, counted=counted)
    return _Open(
        gate,
        after,
        question,
        interval=interval,
        level=lambda together: level(runs, basis, together),
        about="overhead",
        counted=counted,
        idle=_idle(network, question, {"": runs[0]}) if counted else {},
        basis=basis,
        resolution=_resolution(question, counted),
    )


def _question(gate: Gate, network: str, loads: Sequence[LoadKey]) -> tuple[Question | None, str]:
    """What the gate asks, or why the runs were not asked that."""
    found = [
        Question(network, load, metric, quantile)
        for load in loads
        for metric, quantile in metrics_of(load)
        if gate.asks(metric.name, quantile)
        and gate.load in (None, load.load)
        and gate.response_bytes in (None, load.response_bytes)
    ]
    if not found:
        have = ", ".join(dict.fromkeys(load_name(load) for load in loads if load.load != SETUP))
        return None, f"the runs share no such load; they have {have or 'none'}"
    return min(found, key=lambda question: distance(question.load)), ""


def _judged(one: _Open, confidence: float) -> Judged:
    if one.why:
        return one.judged("undecided", confidence, None)
    confidence = one.level(confidence)
    interval = one.interval(confidence)
    return one.judged(_outcome(one.gate, interval, one.resolution), confidence, interval)


def _idle(network: str, question: Question, runs: Mapping[str, Run]) -> Mapping[str, float]:
    """The share of the time in which the CPU was idle, where the load waited: instructions do not hold it and times do."""
    shares = {
        when: waits.idle_share(one.load for one in run.all_of(network, question.load)) for when, run in runs.items()
    }
    if not any(waits.waited(question.load.load, share) for share in shares.values()):
        return {}
    return {when: share or 0.0 for when, share in shares.items()}


def _outcome(gate: Gate, interval: Interval | None, resolution: float = 1.0) -> Outcome:
    if interval is None or interval.low is None or interval.high is None:
        return "undecided"
    if gate.higher_is_better:
        limit = gate.bound / resolution
        return "fails" if interval.high < limit else "holds" if interval.low >= limit else "undecided"
    limit = gate.bound * resolution
    return "fails" if interval.low > limit else "holds" if interval.high <= limit else "undecided"


def _resolution(question: Question, counted: bool) -> float:
    """The ratio that the clock does not distinguish from 1; the wall clock has none that matters."""
    return resolution(question.load.load) if counted else 1.0


def _restless(noise: Interval | None, resolved: float) -> str:
    if noise is None or noise.low is None or noise.high is None or noise.low <= 1 <= noise.high:
        return ""
    if 1 / resolved <= noise.ratio <= resolved:
        return ""
    by = words.overhead(noise.ratio, words.digits(counted=resolved > 1))
    return f"the host differs from itself there by {by}, so these blocks prove nothing"


def _unsaid(network: str, why: str) -> str:
    return f"{network} did not carry the rate in {why}, so its latency cannot be compared"


def _unmeasured(network: str, run: Run, which: str) -> str:
    reason = next((n.reason or "" for n in run.record.networks if n.name == network), "it was not planned")
    return f"{which} has not measured {network}" + (f" ({reason.rstrip('.')})" if reason else "")


def load_name(load: LoadKey) -> str:
    """A load and its size, as sentences about gates name them."""
    return words.share(load.load) + (f" {words.size(load.response_bytes)}" if load.response_bytes else "")


def exit_code(judged: Sequence[Judged]) -> int:
    """1 if any gate certainly fails, else 3 if any is undecided, else 0."""
    codes = {EXIT[one.outcome] for one in judged}
    return 1 if 1 in codes else 3 if 3 in codes else 0
