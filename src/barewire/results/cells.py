"""How evidence is written: ratio, difference and their intervals as `summary.json` has them, for networks and for parts alike."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import TypedDict, cast

from barewire import statistics
from barewire.records import RunRecord, Twin, Verdict
from barewire.records.fields import Method
from barewire.results.overhead import Evidence
from barewire.statistics import Estimate, Interval
from barewire.units import parse_share
from barewire.workloads.definition.metric import Metric

DIGITS = 7
"""Significant digits that are written; more would be noise."""


class RatioKeys(TypedDict):
    """A ratio and its bounds."""

    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


class DifferenceKeys(TypedDict):
    """A difference and its bounds."""

    difference: float | None
    difference_low: float | None
    difference_high: float | None


class EvidenceKeys(RatioKeys, DifferenceKeys):
    """Ratio, difference, their intervals and what is known about them."""

    joint_low: float | None
    joint_high: float | None
    difference_joint_low: float | None
    difference_joint_high: float | None
    supported: bool
    method: Method
    disagree: bool
    twin: Twin | None


class JudgedKeys(TypedDict):
    """A verdict, and the smallest ratio above 1 that could have been found (null where no number holds it)."""

    detectable: float | None
    verdict: Verdict


def margin_of(run: RunRecord) -> float:
    """The margin of a run by its `run.json`, as a share; the default for runs of earlier versions."""
    found = run.plan.get("margin")
    return parse_share(found) if found else statistics.MARGIN


def joint_confidence(family: Iterable[Evidence | None], confidence: float) -> float:
    """The confidence of each interval of a family, so that all of them hold together."""
    return statistics.each(sum(bounded(one) for one in family), confidence)


def bounded(evidence: Evidence | None) -> bool:
    """Whether there is an interval."""
    interval = evidence.ratio() if evidence else None
    return interval is not None and interval.low is not None


def compared(evidence: Evidence | None, joint: float, confidence: float) -> EvidenceKeys:
    """Ratio, difference, their intervals and what is known about them."""
    ratio = evidence.ratio(confidence) if evidence else None
    together = evidence.ratio(joint) if evidence else None
    difference = evidence.difference(confidence) if evidence else None
    judged_difference = evidence.difference(joint) if evidence else None
    twin = evidence.twin if evidence else None
    return {
        **ratio_record(ratio),
        "joint_low": number(together.low) if together else None,
        "joint_high": number(together.high) if together else None,
        **_difference(difference),
        "difference_joint_low": number(judged_difference.low) if judged_difference else None,
        "difference_joint_high": number(judged_difference.high) if judged_difference else None,
        "supported": ratio is not None and ratio.low is not None,
        "method": cast("Method", ratio.method if ratio else "none"),
        "disagree": bool(evidence and evidence.disagree),
        "twin": Twin(twin.method, **ratio_record(twin)) if twin else None,
    }


def of_host(evidence: Evidence | None, floor: Interval | None) -> EvidenceKeys:
    """The same of the host, which is compared with itself: no overhead, where the noise floor is known."""
    known = floor is not None and floor.low is not None
    one, nothing = (1.0, 0.0) if known else (None, None)
    return {
        "ratio": 1.0 if evidence else None,
        "ratio_low": one,
        "ratio_high": one,
        "joint_low": one,
        "joint_high": one,
        "difference": 0.0 if evidence else None,
        "difference_low": nothing,
        "difference_high": nothing,
        "difference_joint_low": nothing,
        "difference_joint_high": nothing,
        "supported": known,
        "method": "baseline" if evidence else "none",
        "disagree": False,
        "twin": None,
    }


def judged(metric: Metric, interval: Interval | None, joint: float, floor: float | None, margin: float) -> JudgedKeys:
    """The verdict of an interval at the confidence `joint`."""
    detectable = statistics.detectable_by(interval, joint, floor)
    said = statistics.verdict(metric.better, interval, floor, margin=margin, detectable=detectable)
    return {"detectable": number(detectable), "verdict": said}


def ratio_record(interval: Interval | None) -> RatioKeys:
    """A ratio and its bounds."""
    if interval is None:
        return {"ratio": None, "ratio_low": None, "ratio_high": None}
    return {"ratio": number(interval.ratio), "ratio_low": number(interval.low), "ratio_high": number(interval.high)}


def _difference(estimate: Estimate | None) -> DifferenceKeys:
    if estimate is None:
        return {"difference": None, "difference_low": None, "difference_high": None}
    return {
        "difference": number(estimate.value),
        "difference_low": number(estimate.low),
        "difference_high": number(estimate.high),
    }


def number(value: float | None) -> float | None:
    """As it is written: finite and short, or null."""
    return None if value is None or not isfinite(value) else rounded(value)


def rounded(value: float) -> float:
    """A finite number as it is written."""
    return float(f"{value:.{DIGITS}g}")
