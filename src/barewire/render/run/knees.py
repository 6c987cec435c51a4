"""Maximum rates in every format: what each network carries in an open loop, and as a share of the host's.

A network whose search was refused stands in the table with the reason. Where that is the host, or the network whose maximum is
100 % of the study's rates, the report begins with it: the rates of the run are shares of a guess then.
"""

from __future__ import annotations

from dataclasses import dataclass

from barewire.records import Knee
from barewire.render.run.data import ReportData
from barewire.results import knees, words

TITLE = "Maximum rate (open loop, 99 % answered in time)"
_NAMED = 4


@dataclass(frozen=True, slots=True)
class KneeRow:
    """A network's maximum, as text: the rate with its interval, and its share of the host's."""

    network: str
    size: str
    rate: str
    share: str


def rows(data: ReportData) -> tuple[KneeRow, ...]:
    """Every network that was searched, the fastest first within a size."""
    order = sorted(data.summary.knees, key=lambda one: (one.response_bytes, -float(one.rate_per_s)))
    return tuple(KneeRow(one.network, words.size(one.response_bytes), _rate(one), _share(one)) for one in order)


def uncertain(data: ReportData) -> str:
    """What must be read before any number: the maximum that all rates are shares of was not found, or only roughly. Empty
    where it was."""
    full = knees.full_of(data.run)
    found = sorted(data.summary.knees, key=lambda one: (one.response_bytes, one.network != full))
    doubtful = [one for one in found if one.note and one.network in (full, data.baseline)]
    if not doubtful:
        return ""
    first = doubtful[0]
    if first.rate_low_per_s is not None:
        return f"The maximum rate of {first.network} is known only roughly: {first.note}. Its interval covers both."
    text = f"The maximum rate of {first.network} was not found ({first.note})"
    if first.network == full:
        return f"{text}, so the rates of this run are shares of {words.value(float(first.rate_per_s), '1/s')}, a guess."
    return f"{text}, so no network's maximum is known as a share of it."


def sentence(data: ReportData) -> str:
    """What the slower networks carry at the smallest size: `flannel/vxlan carries 62 % of the host's maximum rate`."""
    smallest = min((one.response_bytes for one in data.summary.knees), default=None)
    known = [
        one
        for one in data.summary.knees
        if one.response_bytes == smallest and one.network != data.baseline and one.share is not None
    ]
    lower = sorted((one for one in known if (one.share_high or 1) < 1), key=lambda one: float(one.share or 0))
    if not lower:
        return ""
    first, *rest = lower[:_NAMED]
    text = f"{first.network} carries {_share(first)} of the host's maximum rate"
    if rest:
        text += f", {words.listing([f'{one.network} {_share(one)}' for one in rest])}"
    return text + "."


def _rate(one: Knee) -> str:
    if one.note and one.rate_low_per_s is None:
        return f"not found: {one.note}"
    low, high = one.rate_low_per_s, one.rate_high_per_s
    bounds = f" [{words.value(low, '1/s')}…{words.value(high, '1/s')}]" if low is not None and high is not None else ""
    return words.value(float(one.rate_per_s), "1/s") + bounds


def _share(one: Knee) -> str:
    if one.share is None or one.share_low is None or one.share_high is None:
        return words.NOTHING
    if one.share_low == one.share_high:
        return f"{one.share * 100:.0f}{words.JOIN}%"
    return f"{one.share * 100:.0f}{words.JOIN}% [{one.share_low * 100:.0f}…{one.share_high * 100:.0f}]"
