"""A step of a history in words, the same in every format."""

from __future__ import annotations

from barewire.render.comparison.lines import name_of
from barewire.results import words
from barewire.results.history.series import History, Series
from barewire.results.history.steps import SeriesStep


def sentence_of(history: History, one: Series, step: SeriesStep) -> str:
    """A step in words."""
    before, after = (history.runs[number].path for number in (step.before, step.after))
    digits = words.digits(counted=one.counted)
    bounds = words.interval(step.size.low, step.size.high, digits)
    what = "it" if one.counted else "its overhead"
    return (
        f"{one.question.network} {name_of(one.question)} became {step.verdict}, {what} changed by "
        f"{words.overhead(step.size.ratio, digits)} [{bounds}], somewhere between {before} and {after}."
    )
