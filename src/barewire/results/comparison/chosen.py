"""What is looked at first: the load that a report's answer is about, and beside it what has no rate."""

from __future__ import annotations

from collections.abc import Iterable

from barewire.results.analysis import SETUP, SHOWN_QUANTILES, LoadKey
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import INSTRUCTIONS, LATENCY, Metric

_ANSWER_PERCENT = 50.0
_LATER = ("cpu_per_request", "packet_loss")


def distance(load: LoadKey) -> tuple[int, bool, int, float, str]:
    """Smallest for the load of the answer: a rate, the smallest answers, 50 % of the host's maximum or nearest to it; TCP's
    round trip where there are none."""
    own, away = shares.distance(load.load, _ANSWER_PERCENT)
    return (load.workload.order, own, load.response_bytes or 0, away, load.load)


def answer_load(loads: Iterable[LoadKey]) -> LoadKey | None:
    """The load that the answer is about, if there is any at a rate."""
    return min((load for load in loads if load.workload.at_rate), key=distance, default=None)


def percent(load: LoadKey) -> float:
    """A load's share of the maximum rate, 50 for `50%`; 0 for loads that are none."""
    return shares.percent(load.load)


def is_instructions(metric: Metric) -> bool:
    """Whether a metric counts instructions, of whatever the load is made of."""
    return metric.name == INSTRUCTIONS.name


def is_chosen(
    load: LoadKey, metric: Metric, quantile: float | None, answer: LoadKey | None, *, counted: bool = False
) -> bool:
    """Whether a first look wants this: three quantiles and the CPU time at the answer's load, and what has no rate; of counted
    runs the instructions of every load, and the quantiles at the answer's."""
    if counted:
        return is_instructions(metric) or (load == answer and metric is LATENCY and quantile in SHOWN_QUANTILES)
    workload = load.workload
    if workload.at_rate:
        return load == answer and (quantile is None or (metric is LATENCY and quantile in SHOWN_QUANTILES))
    if workload.timed:
        return metric is LATENCY and quantile == SHOWN_QUANTILES[0]
    if load.load == SETUP or metric.name in _LATER or not workload.is_first(load.load):
        return False
    return not workload.closed_loop or answer is None or load.response_bytes == answer.response_bytes
