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
    machine = [(f"{one.setting} of {one.node}" if one.node else one.setting, one.set) for one in tuning.machine]
    settings = machine + [(one.setting, one.set) for one in tuning.lab]
    unset = [name for name, is_set in settings if not is_set]
    text = tuning.profile
    if settings:
        text += f", {len(settings) - len(unset)} of {words.count(len(settings), 'setting')}"
    if unset:
        more = f" and {len(unset) - _MOST_NAMED} more" if len(unset) > _MOST_NAMED else ""
        text += f"; not set: {', '.join(unset[:_MOST_NAMED])}{more}"
    if tuning.by_hand:
        text += f"; the machine was tuned by hand, with {tuning.by_hand}"
    return text


def matters(data: ReportData) -> bool:
    """Whether a short report mentions the tuning: something was tuned, or the run is one of several conditions."""
    tuning = data.run.tuning
    return bool(tuning and (tuning.profile != "none" or tuning.by_hand or data.run.condition))
