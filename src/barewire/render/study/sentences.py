"""What a mark or a cell of the page shows when it is pointed at: all that is known of it, as parts to be joined by `; `."""

from __future__ import annotations

from barewire.render.comparison.lines import label
from barewire.results import BASELINE, words
from barewire.results.comparison.change import Change, SideFigure
from barewire.results.comparison.chosen import is_instructions
from barewire.results.comparison.question import Question
from barewire.statistics import CONFIDENCE, Interval

_CONFIDENCE = f"{CONFIDENCE * 100:g}{words.JOIN}%"


def value(number: float | None, question: Question) -> str:
    """A value with its unit; instructions are exact, as tables have them: `48 686.3 instructions per round trip`."""
    if not is_instructions(question.metric):
        return words.value(number, words.unit_shown(question.metric.name, question.metric.unit))
    return f"{words.exact(number)}{words.JOIN}instructions per {words.per(question.load.load)}"


def figure_parts(one: SideFigure, question: Question, *, counted: bool) -> list[str]:
    """What one condition says of a network."""
    if one.value is None:
        return ["not measured under this condition"]
    parts = [value(one.value, question)]
    if one.overhead:
        bounds = words.interval(one.overhead.low, one.overhead.high)
        overhead = f"overhead against the host {words.overhead(one.overhead.ratio)}"
        parts.append(f"{overhead}, {_CONFIDENCE} interval {bounds}" if bounds else f"{overhead}, no interval")
    parts.append(words.count(one.blocks, "layout" if counted else "block"))
    return [*parts, words.count(one.samples, "sample")] if one.samples else parts


def changed(change: Change | None, *, counted: bool) -> list[str]:
    """What became of a network from the first condition to another."""
    if change is None:
        return ["not measured under both conditions"]
    question, digits = change.question, words.digits(counted=counted)
    parts = [f"{value(change.before.value, question)} before", f"{value(change.after.value, question)} after"]
    host = question.network == BASELINE
    judged, beside = (change.absolute, change.ratio) if counted or host else (change.ratio, change.absolute)
    names = (
        ("change", "change of the overhead") if counted or host else ("change of the overhead", "change of the value")
    )
    parts += [f"{name} {_bounded(one, digits)}" for name, one in zip(names, (judged, beside), strict=True) if one]
    if host and not counted:
        return parts[:3]
    if change.floor:
        parts.append(f"noise floor {words.floor(change.floor, digits)}")
    if change.saturated:
        parts.append(f"the rate was not carried {change.saturated}")
    if change.rates:
        parts.append(f"it was offered {change.rates}, more than 5 % apart")
    if change.verdict == "no-difference-found" and change.detectable:
        parts.append(f"a change of {words.floor(change.detectable, digits)} mostly would have been found")
    return [*parts, label(change.verdict or "", change.basis)]


def _bounded(one: Interval, digits: int) -> str:
    bounds = words.interval(one.low, one.high, digits)
    return words.overhead(one.ratio, digits) + (f", {_CONFIDENCE} interval {bounds}" if bounds else ", no interval")
