"""A gate's result as a sentence, the same on a terminal, in Markdown and in JSON."""

from __future__ import annotations

from barewire.results import words
from barewire.results.comparison.chosen import is_instructions
from barewire.results.comparison.gates import Judged, load_name
from barewire.results.comparison.question import Question


def sentence(judged: Judged) -> str:
    """The result of the gate with its reason, on one line."""
    gate = judged.gate.text
    if judged.why or judged.question is None:
        return f"{gate}: undecided, {judged.why}."
    where, what, interval = f"at {load_name(judged.question.load)}", f"the {judged.about}", judged.interval
    if interval is None:
        said = f"undecided, nothing was measured {where}"
    elif interval.low is None or interval.high is None:
        ratio = words.overhead(interval.ratio, _digits(judged))
        said = f"undecided, {what} of {ratio} has no interval {where}: too few blocks or samples"
    else:
        at = f"{where}{_values(judged)}, {judged.confidence * 100:.4g}{words.JOIN}% interval"
        within = words.interval(interval.low, interval.high, _digits(judged))
        bounds = f"{words.overhead(interval.ratio, _digits(judged))} [{within}]"
        said = {
            "holds": f"holds, {what} is {bounds} {at}",
            "fails": f"FAILS, {what} is {bounds} {at}",
            "undecided": f"undecided, {what} is {bounds} {at}, and the limit lies within",
        }[judged.outcome]
    return f"{gate}: {said}{_idle(judged, judged.question)}{_only(judged)}."


def _digits(judged: Judged) -> int:
    return words.digits(counted=judged.counted)


def _values(judged: Judged) -> str:
    """The values before and after, which of counted runs are comparable."""
    if judged.values is None or judged.question is None:
        return ""
    was, now = judged.values
    question = judged.question
    unit = "ns" if question.metric.unit == "ns" else f"instructions per {words.per(question.load.load)}"
    return f" ({words.exact(was)} before, {words.exact(now)} after, {unit})"


def _idle(judged: Judged, question: Question) -> str:
    """That a load waited, which instructions do not hold and times do; empty where none did."""
    if not judged.idle:
        return ""
    listed = [
        f"{share * 100:.0f}{words.JOIN}%{f' of the time {when}' if when else ' of the time'}"
        for when, share in judged.idle.items()
    ]
    held = "instructions hold none of it" if is_instructions(question.metric) else "this time is in the number"
    return f"; the CPU was idle for {words.listing(listed)}, {held}"


def _only(judged: Judged) -> str:
    """That a word is about the runs that were given, where nothing is known about others."""
    if judged.basis != "these-runs" or judged.outcome == "undecided":
        return ""
    return f"; this is about {'this run' if judged.about == 'overhead' else 'these two runs'} only"
