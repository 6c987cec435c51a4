"""From the lines of `trials.ndjson` to numbers that can be compared: which trial stands for which block, and what each
of its loads says.

Pure: it takes records and a way to get at histograms, and knows nothing of directories. Only valid trials speak; if a
slot (block, network, role) has two, the later one does. A block gives a pair for a network if it has that network and
both hosts with that load; a block without it simply lacks the pair, so every partial run can be analysed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from typing import Any

import numpy as np

from barewire import workloads
from barewire.lab.usage import busy_ns
from barewire.records import Built, Load, RunRecord, Trial
from barewire.results import BASELINE
from barewire.results.counts import Counts
from barewire.workloads.definition import metric
from barewire.workloads.definition.metric import INSTRUCTIONS, LATENCY, OBJECTS, SETUP_TIME, WIRE_LATENCY, Metric
from barewire.workloads.definition.workload import Workload

QUANTILES = (*metric.QUANTILES, 1.0)
"""Those that trials record; quantile 1 is the maximum."""

SHOWN_QUANTILES = (0.5, 0.99, 0.999)
"""Those of the tables and figures that people read first; the others are in `--all`, the report's last tables, and files."""

_LEAST, _MOST = 1e-12, 1e18
"""Whatever is measured is 0 or between these, in its unit. A file may hold anything, and ratios of it may not even be numbers."""

SETUP = "setup"
_NO_LOAD = Load("", "")
HISTOGRAMS = {"latency": "latency", "wire_latency": "wire"}
"""By metric, how its histograms' tags begin."""


@dataclass(frozen=True, slots=True)
class LoadKey:
    """A load of the study: its name and size in bytes (None for streams and setup)."""

    load: str
    response_bytes: int | None

    @property
    def workload(self) -> Workload:
        """What it is a load of."""
        return workloads.by_load(self.load)

    def tag(self, metric: Metric) -> str | None:
        """The tag of the metric's histograms in a log; None if it has none."""
        kind = HISTOGRAMS.get(metric.name)
        return f"{kind}/{self.load}/{self.response_bytes}" if kind and self.workload.timed else None


@dataclass(frozen=True, slots=True)
class Observation:
    """One load of one valid trial, or how its lab was built."""

    trial: int
    record: Load | Built

    def value(self, metric: Metric, quantile: float | None) -> float | None:
        """The metric in its unit, or None if this load does not measure it."""
        if isinstance(self.record, Built):
            of_lab = _OF_LAB.get(metric.name)
            number = of_lab(self.record) if of_lab else None
        else:
            of_load = _OF_LOAD.get(metric.name)
            number = of_load(self.record, quantile) if of_load else None
        return float(number) if number is not None and (number == 0 or _LEAST <= number <= _MOST) else None

    def samples(self, metric: Metric) -> int:
        """How many requests a latency is of."""
        if isinstance(self.record, Built):
            return 0
        times = self.record.wire_ns if metric is WIRE_LATENCY else self.record.latency_ns
        return int(times.get("count", 0))

    @property
    def load(self) -> Load:
        """The load; an empty one for what is no load."""
        return self.record if isinstance(self.record, Load) else _NO_LOAD

    @property
    def achieved_share(self) -> float | None:
        """Achieved over offered rate; None where nothing is offered."""
        offered, achieved = self.load.offered_per_s, self.load.achieved_per_s
        return achieved / offered if offered and achieved is not None else None


@dataclass(frozen=True, slots=True)
class Pair:
    """One block's comparison: the network and both hosts under the same load."""

    block: int
    network: Observation
    host_a: Observation
    host_b: Observation

    @property
    def hosts(self) -> tuple[Observation, Observation]:
        return (self.host_a, self.host_b)

    def log_ratio(self, metric: Metric, quantile: float | None) -> float | None:
        """ln x(network) - (ln x(host a) + ln x(host b)) / 2, or None if one of the three has no x above 0."""
        x, a, b = (o.value(metric, quantile) for o in (self.network, self.host_a, self.host_b))
        return log(x) - (log(a) + log(b)) / 2 if x and a and b else None

    def log_floor(self, metric: Metric, quantile: float | None) -> float | None:
        """ln x(host a) - ln x(host b)."""
        a, b = (o.value(metric, quantile) for o in self.hosts)
        return log(a) - log(b) if a and b else None


@dataclass(frozen=True)
class Run:
    """A run's data. `counts` gives a trial's merged histogram for a tag, or None (a run without its histograms)."""

    record: RunRecord
    trials: Sequence[Trial]
    counts: Callable[[int, str], Counts | None] = lambda _trial, _tag: None

    @cached_property
    def slots(self) -> Mapping[tuple[int, str, str], Trial]:
        """The valid trial of each (block, network, role)."""
        return {(t.block, t.network, t.role): t for t in self.trials if t.valid}

    @cached_property
    def blocks(self) -> tuple[int, ...]:
        """The blocks that have any valid trial."""
        return tuple(sorted({block for block, _, _ in self.slots}))

    @cached_property
    def loads(self) -> tuple[LoadKey, ...]:
        """Every load that a valid trial has: rates by size and share, then maximum, connections, streams, setup."""
        keys = {key for loads in self._observations.values() for key in loads}
        return tuple(sorted(keys, key=_place))

    @property
    def measured(self) -> tuple[str, ...]:
        """The networks that this machine could measure, the host first."""
        names = [n.name for n in self.record.networks if n.measured and n.name != BASELINE]
        return (BASELINE, *names)

    @property
    def rejected(self) -> int:
        return sum(not trial.valid for trial in self.trials)

    @property
    def planned_blocks(self) -> int:
        """How many blocks the plan has, at most; 0 if it does not say."""
        return self.record.plan.get("blocks", 0)

    @property
    def until(self) -> tuple[str, ...]:
        """The targets at which the study was to stop; none for a fixed number of blocks."""
        return tuple(self.record.plan.get("until", ()))

    @property
    def complete(self) -> bool:
        """Whether every block of the plan has every measured network, and the host twice; of a study that stops by its
        precision, every block that was begun."""
        wanted = [(BASELINE, "baseline-a"), (BASELINE, "baseline-b"), *((n, "candidate") for n in self.measured[1:])]
        last = max((t.block for t in self.trials), default=0) if self.until else None
        blocks = range(1, (last or self.planned_blocks) + 1)
        return all((block, *entry) in self.slots for block in blocks for entry in wanted)

    def observation(self, block: int, network: str, role: str, load: LoadKey) -> Observation | None:
        return self._observations.get((block, network, role), {}).get(load)

    @cached_property
    def _observations(self) -> Mapping[tuple[int, str, str], Mapping[LoadKey, Observation]]:
        """The loads of each slot. A comparison looks them up thousands of times."""
        return {
            slot: {load: Observation(trial.trial, record) for load, record in _observed(trial).items()}
            for slot, trial in self.slots.items()
        }

    def pairs(self, network: str, load: LoadKey) -> tuple[Pair, ...]:
        """One pair for each block that has the network and both hosts; for the host itself, host a is the network."""
        found = []
        for block in self.blocks:
            a, b = (self.observation(block, BASELINE, role, load) for role in ("baseline-a", "baseline-b"))
            x = a if network == BASELINE else self.observation(block, network, "candidate", load)
            if x and a and b:
                found.append(Pair(block, x, a, b))
        return tuple(found)

    def group(self, block: int, network: str, load: LoadKey) -> tuple[Observation, ...]:
        """What a block has of a network under a load: both hosts, or one trial of any other; empty if not all of it."""
        roles = ("baseline-a", "baseline-b") if network == BASELINE else ("candidate",)
        found = [self.observation(block, network, role, load) for role in roles]
        return tuple(o for o in found if o) if all(found) else ()

    def network_of(self, trial: int) -> str:
        """The network of a valid trial by its number."""
        return self._networks[trial]

    @cached_property
    def _networks(self) -> Mapping[int, str]:
        return {t.trial: t.network for t in self.slots.values()}

    @cached_property
    def cache(self) -> dict[object, Any]:
        """For what is worked out of these trials more than once."""
        return {}

    def all_of(self, network: str, load: LoadKey) -> tuple[Observation, ...]:
        """Every observation of a network, paired or not."""
        roles = ("baseline-a", "baseline-b") if network == BASELINE else ("candidate",)
        found = (self.observation(block, network, role, load) for block in self.blocks for role in roles)
        return tuple(o for o in found if o)

    def rows(self, groups: Sequence[Sequence[Observation]], tag: str) -> Counts | None:
        """Histograms as an array of shape (groups, buckets), each group's trials added up; None if any is missing."""
        rows = []
        for group in groups:
            found = [self.counts(observation.trial, tag) for observation in group]
            if not found or any(counts is None for counts in found):
                return None
            rows.append(np.sum([counts for counts in found if counts is not None], axis=0, dtype=np.int64))
        return np.stack(rows) if rows else None


def metrics_of(load: LoadKey) -> tuple[tuple[Metric, float | None], ...]:
    """What a load has, with the quantiles: counts first, then times, then the rest."""
    if load.load == SETUP:
        return ((SETUP_TIME, None), (OBJECTS, None))
    workload = load.workload
    timed = ((metric, q) for metric in (LATENCY, WIRE_LATENCY) for q in QUANTILES) if workload.timed else ()
    first = ((INSTRUCTIONS, None),) if INSTRUCTIONS in workload.metrics else ()
    rest = ((metric, None) for metric in workload.metrics if metric is not INSTRUCTIONS)
    return (*first, *timed, *rest)


def _observed(trial: Trial) -> dict[LoadKey, Load | Built]:
    observed: dict[LoadKey, Load | Built] = {LoadKey(one.load, one.response_bytes): one for one in trial.loads}
    if trial.setup:
        # By the counted clock the time is that of programs that start over 9p, and idle time jumps: nothing of the network's.
        built = replace(trial.setup, seconds=None) if trial.layout else trial.setup
        observed[LoadKey(SETUP, None)] = built
    return observed


def _place(key: LoadKey) -> tuple[int, int, float, str]:
    number = re.search(r"[0-9.]+", key.load)
    return (key.workload.order, key.response_bytes or 0, float(number[0]) if number else 0.0, key.load)


def _time(times: Mapping[str, float], quantile: float | None) -> float | None:
    return times.get("max" if quantile == 1 else f"{quantile:.10g}") if times.get("count") else None


def _cpu(load: Load) -> float | None:
    """What the trial has worked out itself, else busy CPU time over completed requests.

    A spinning generator keeps its CPUs busy whatever the network costs: then only the server's CPUs count.
    """
    if load.cpu_ns_per_request is not None:
        return load.cpu_ns_per_request
    which = "server" if load.timing == "spin" else "all"
    cpu = load.usage.cpu
    return busy_ns(cpu[which]) / load.completed if which in cpu and load.completed else None


def _objects(built: Built) -> int | None:
    """Kernel objects on a node: of the node that has most (a wire or a pod is no node). A program's are not counted."""
    if not built.objects:
        return None
    nodes = [kinds for name, kinds in built.objects.items() if re.fullmatch(r"n[0-9]+", name)]
    return max((sum(kinds.values()) for kinds in nodes), default=0)


_OF_LOAD: Mapping[str, Callable[[Load, float | None], float | None]] = {
    "latency": lambda load, quantile: _time(load.latency_ns, quantile),
    "wire_latency": lambda load, quantile: _time(load.wire_ns, quantile),
    "instructions": lambda load, _: load.counted.value if load.counted else None,
    "packet_rate": lambda load, _: load.received_per_s,
    "packet_loss": lambda load, _: load.loss_share,
    "request_rate": lambda load, _: load.rate_per_s,
    "connect_rate": lambda load, _: load.rate_per_s,
    "throughput": lambda load, _: load.bits_per_s,
    "cpu_per_request": lambda load, _: _cpu(load),
}
_OF_LAB: Mapping[str, Callable[[Built], float | None]] = {
    "setup_time": lambda built: None if built.seconds is None else built.seconds * 1e9,
    "objects_per_node": _objects,
}
