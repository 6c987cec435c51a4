"""Whether the blocks of a run depend on each other, from the log-ratios of all its networks under all its workloads.

Each workload has one metric here: the median of a latency, or its rate. Blocks that lack a network or a workload are left out.
By the counted clock a block is a layout that is drawn independently of the others, so nothing is tested there.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from barewire.results.analysis import LoadKey, Run, metrics_of
from barewire.results.clock import COUNTED, clock_of
from barewire.results.seeds import derived_seed
from barewire.statistics.dependence import Dependence, dependence
from barewire.workloads.definition.metric import LATENCY, Metric

_LEFT_OUT = frozenset({"instructions", "packet_loss", "setup_time", "objects_per_node"})


def dependence_of(run: Run) -> Dependence:
    """The dependence of a run's blocks; worked out once a run."""
    if "dependence" not in run.cache:
        run.cache["dependence"] = _of(run)
    found: Dependence = run.cache["dependence"]
    return found


def _of(run: Run) -> Dependence:
    if clock_of(run.record) == COUNTED:
        return Dependence(len(run.blocks))
    series = [one for load in run.loads if (metric := _metric(load)) and (one := _logs(run, load, *metric))]
    if not series:
        return Dependence(len(run.blocks))
    whole = sorted(set.intersection(*(set(one) for one in series)))
    arrays = [np.array([one[block] for block in whole], dtype=np.float64) for one in series]
    return dependence(arrays if whole else [], derived_seed(run.record.seed, None, None, "dependence"))


def _metric(load: LoadKey) -> tuple[Metric, float | None] | None:
    if load.workload.timed:
        return LATENCY, 0.5
    return next(((m, q) for m, q in metrics_of(load) if m.name not in _LEFT_OUT), None)


def _logs(run: Run, load: LoadKey, metric: Metric, quantile: float | None) -> Mapping[int, tuple[float, ...]]:
    """The log-ratios of all networks, by block; only blocks that have them all."""
    by_network = []
    for network in run.measured[1:]:
        pairs = ((pair.block, pair.log_ratio(metric, quantile)) for pair in run.pairs(network, load))
        by_network.append({block: number for block, number in pairs if number is not None})
    if not by_network:
        return {}
    blocks = set.intersection(*(set(one) for one in by_network))
    return {block: tuple(one[block] for one in by_network) for block in sorted(blocks)}
