"""What is compared: one metric of one network under one workload."""

from __future__ import annotations

from dataclasses import dataclass

from barewire.results.analysis import LoadKey
from barewire.workloads.definition.metric import Metric


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared of a network."""

    network: str
    load: LoadKey
    metric: Metric
    quantile: float | None
