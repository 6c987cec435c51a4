"""Gates: limits that a network must keep, judged only as far as the runs can tell.

A gate fails if the whole interval lies beyond its limit, holds if the whole interval lies within, and cannot be told
otherwise. "Cannot tell" is an answer: a gate that takes it for "holds" lets every regression through that hides in noise.

Several gates are judged together after Holm ("A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
Journal of Statistics 6, 1979): with m of them open, intervals are of confidence 1 - 0.05 / m; each that is decided leaves
one fewer. So the chance of a single wrong word among all of them is at most 5 %. Nothing is judged where the host differs
from itself at 99 %: then the blocks are not what the method takes them for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from barewire.compare.change import Comparison, Question
from barewire.compare.chosen import distance
from barewire.compare.gate_text import Gate, network_of
from barewire.compare.sides import Side
from barewire.errors import UsageError
from barewire.runs import BASELINE, words
from barewire.runs.analysis import LoadKey, Run, metrics_of
from barewire.statistics import CONFIDENCE, Interval

Outcome = Literal["holds", "fails", "cannot tell"]
EXIT = {"holds": 0, "fails": 1, "cannot tell": 3}
_SAME_HOST = 0.99


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate's `outcome` at `confidence`, with a sentence; `after` is the number of the run that it is about."""

    gate: Gate
    after: int
    outcome: Outcome
    confidence: float
    interval: Interval | None
    sentence: str


@dataclass(frozen=True)
class _Open:
    """A gate that is not decided yet. `interval` asks the runs at a confidence; `why` says why it cannot be asked."""

    gate: Gate
    after: int
    where: str = ""
    why: str = ""
    interval: Callable[[float], Interval | None] = lambda _confidence: None


def judge(gates: Sequence[Gate], comparisons: Sequence[Comparison], runs: Sequence[Run]) -> tuple[Judged, ...]:
    """Every gate, for every run after the first (a `loss` gate of a single run: for that).

    Raises `UsageError` for a gate whose network no run knows, or that asks one run how it changed.
    """
    known = list(dict.fromkeys(n["name"] for run in runs for n in run.record["networks"] if n["name"] != BASELINE))
    waiting: list[_Open] = []
    for gate in gates:
        if not gate.loss and not comparisons:
            remedy = 'Give a second run, or ask for the loss against the host: "NETWORK METRIC loss <= N%"'
            raise UsageError(f"the gate {gate.text!r} asks what changed, and there is one run", remedy=remedy)
        if gate.network == BASELINE:
            raise UsageError(
                f"the gate {gate.text!r} is about the host", remedy="Losses are against the host: name a network"
            )
        network = network_of(gate.network, known)
        if gate.loss:
            waiting += [_loss_gate(gate, network, run, i) for i, run in enumerate(runs) if i or len(runs) == 1]
        else:
            waiting += [_change_gate(gate, network, found, i) for i, found in enumerate(comparisons, start=1)]
    return _holm(waiting)


def _holm(waiting: Sequence[_Open]) -> tuple[Judged, ...]:
    judged: dict[int, Judged] = {}
    able = [i for i, one in enumerate(waiting) if not one.why]
    while able:
        confidence = 1 - (1 - CONFIDENCE) / len(able)
        said = {i: _judged(waiting[i], confidence) for i in able}
        judged |= said
        undecided = [i for i in able if said[i].outcome == "cannot tell"]
        if len(undecided) == len(able):
            break
        able = undecided
    blind = {i: _judged(one, CONFIDENCE) for i, one in enumerate(waiting) if one.why}
    return tuple((judged | blind)[i] for i in range(len(waiting)))


def _change_gate(gate: Gate, network: str, comparison: Comparison, after: int) -> _Open:
    for run, when in ((comparison.before, "before"), (comparison.after, "after")):
        if network not in run.measured:
            return _Open(gate, after, why=_unmeasured(network, run, f"the run {when}"))
    question, why = _question(gate, network, comparison.loads)
    if question is None:
        return _Open(gate, after, why=why)
    if why := _restless(comparison.noise(question, _SAME_HOST)):
        return _Open(gate, after, _where(question), why)
    return _Open(gate, after, _where(question), interval=lambda confidence: comparison.ratio(question, confidence))


def _loss_gate(gate: Gate, network: str, run: Run, after: int) -> _Open:
    if network not in run.measured:
        return _Open(gate, after, why=_unmeasured(network, run, "the run"))
    question, why = _question(gate, network, run.loads)
    if question is None:
        return _Open(gate, after, why=why)
    side = Side(run, network, question.load)
    if why := _restless(side.floor(question.metric, question.quantile, _SAME_HOST)):
        return _Open(gate, after, _where(question), why)
    return _Open(
        gate,
        after,
        _where(question),
        interval=lambda confidence: side.loss(question.metric, question.quantile, confidence),
    )


def _question(gate: Gate, network: str, loads: Sequence[LoadKey]) -> tuple[Question | None, str]:
    """What the gate asks, or why the runs were not asked that."""
    found = [
        Question(network, load, metric, quantile)
        for load in loads
        for metric, quantile in metrics_of(load)
        if (metric.name, quantile) == (gate.metric, gate.quantile)
        and gate.load in (None, load.load)
        and gate.response_bytes in (None, load.response_bytes)
    ]
    if not found:
        have = ", ".join(dict.fromkeys(_load_name(load) for load in loads if load.kind != "setup"))
        return None, f"the runs share no such load; they have {have or 'none'}"
    return min(found, key=lambda question: distance(question.load)), ""


def _judged(one: _Open, confidence: float) -> Judged:
    gate = one.gate
    if one.why:
        return Judged(gate, one.after, "cannot tell", confidence, None, f"{gate.text}: cannot tell, {one.why}.")
    interval = one.interval(confidence)
    outcome = _outcome(gate, interval)
    what = "the loss" if gate.loss else "the change of the loss"
    at = f"{one.where}, {confidence * 100:.4g}{words.JOIN}% interval"
    if interval is None:
        said = f"cannot tell, nothing was measured {one.where}"
    elif interval.low is None or interval.high is None:
        said = f"cannot tell, {what} of {words.loss(interval.ratio)} has no interval {one.where}: too few blocks or samples"
    else:
        bounds = f"{words.loss(interval.ratio)} [{words.interval(interval.low, interval.high)}]"
        said = {
            "holds": f"holds, {what} is {bounds} {at}",
            "fails": f"FAILS, {what} is {bounds} {at}",
            "cannot tell": f"cannot tell, {what} is {bounds} {at}, and the limit lies within",
        }[outcome]
    return Judged(gate, one.after, outcome, confidence, interval, f"{gate.text}: {said}.")


def _outcome(gate: Gate, interval: Interval | None) -> Outcome:
    if interval is None or interval.low is None or interval.high is None:
        return "cannot tell"
    if gate.higher_is_better:
        return "fails" if interval.high < gate.bound else "holds" if interval.low >= gate.bound else "cannot tell"
    return "fails" if interval.low > gate.bound else "holds" if interval.high <= gate.bound else "cannot tell"


def _restless(noise: Interval | None) -> str:
    if noise is None or noise.low is None or noise.high is None or noise.low <= 1 <= noise.high:
        return ""
    return f"the host differs from itself there by {words.loss(noise.ratio)}, so these blocks prove nothing"


def _unmeasured(network: str, run: Run, which: str) -> str:
    reason = next((n.get("reason") or "" for n in run.record["networks"] if n["name"] == network), "it was not planned")
    return f"{which} has not measured {network}" + (f" ({reason.rstrip('.')})" if reason else "")


def _where(question: Question) -> str:
    return f"at {_load_name(question.load)}"


def _load_name(load: LoadKey) -> str:
    return words.share(load.load) + (f" {words.size(load.response_bytes)}" if load.response_bytes else "")


def exit_code(judged: Sequence[Judged]) -> int:
    """1 if any gate certainly fails, else 3 if any cannot be told, else 0."""
    codes = {EXIT[one.outcome] for one in judged}
    return 1 if 1 in codes else 3 if 3 in codes else 0
