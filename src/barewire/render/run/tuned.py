"""The tuning of a run in one line: which profile, and what of it this machine did not have."""

from __future__ import annotations

from barewire.render.run.data import ReportData
from barewire.results import words

_MOST_NAMED = 6


def sentence(data: ReportData) -> str:
    """`study-2016, 18 of 21 settings; not set: governor, ...`; empty for a run of a version that recorded none."""
    tuning = data.run.tuning
    if not tuning:
        return ""
    settings = [*tuning.get("machine", ()), *tuning.get("lab", ())]
    unset = [str(one["setting"]) for one in settings if not one["set"]]
    text = str(tuning.get("profile", ""))
    if settings:
        text += f", {len(settings) - len(unset)} of {words.count(len(settings), 'setting')}"
    if unset:
        more = f" and {len(unset) - _MOST_NAMED} more" if len(unset) > _MOST_NAMED else ""
        text += f"; not set: {', '.join(unset[:_MOST_NAMED])}{more}"
    if tuning.get("by_hand"):
        text += f"; the machine was tuned by hand, with {tuning['by_hand']}"
    return text


def matters(data: ReportData) -> bool:
    """Whether a short report mentions the tuning: something was tuned, or the run is one of several conditions."""
    tuning = data.run.tuning
    return bool(tuning and (tuning.get("profile") != "none" or tuning.get("by_hand") or data.run.condition))
