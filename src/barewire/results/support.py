"""Whether trials support a quantile, each alone or all blocks together; where they do not, why, as a clause for readers.

The rules are in `statistics`; here they are applied to the trials of one network under one load, and each refusal states what is
known: too few samples, requests that were late together, a tail that few trials make. Numbers stand in brackets, and what stands
before them is the reason in short. It is empty where the quantile is supported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barewire import statistics
from barewire.results import within, words
from barewire.results.analysis import LoadKey, Observation, Run
from barewire.results.counts import Counts, bucket_values
from barewire.workloads.definition.metric import Metric

Group = tuple[Observation, ...]
"""The trials of one network in one block: two of the host, one of any other."""

NO_HISTOGRAMS = "no histograms to merge"


def inefficiency(run: Run, network: str, load: LoadKey, quantile: float | None) -> float | None:
    """How many requests one independent request of a network is worth; looked up once a run."""
    cache = run.cache
    key = ("inefficiency", network, load, quantile)
    if key not in cache:
        cache[key] = within.inefficiency((o.load for o in run.all_of(network, load)), quantile)
    found: float | None = cache[key]
    return found


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials of one network under one load, by block."""

    run: Run
    load: LoadKey
    groups: Sequence[Group]

    def alone(self, metric: Metric, quantile: float) -> str:
        """Why not each supports the quantile by itself."""
        if quantile >= 1:
            return "a maximum grows with the number of requests"
        fewest = min((one.samples(metric) for group in self.groups for one in group), default=None)
        if fewest is None:
            return ""
        worth = self._worth(quantile)
        if statistics.supports(statistics.counted(fewest, worth, quantile), quantile):
            return ""
        needed = f"{_needs(quantile)} in each trial, or {statistics.MIN_BLOCKS} blocks to merge"
        return self._too_few(fewest, worth, quantile, "of a trial", needed)

    def together(self, rows: Counts, metric: Metric, quantile: float) -> str:
        """Why not all blocks together do; `rows` are their histograms, a row a block."""
        samples, worth, buckets = int(rows.sum()), self._worth(quantile), bucket_values()
        safety = statistics.safety_factor(worth)
        if not statistics.supports(samples / worth / safety, quantile):
            return self._too_few(samples, worth, quantile, "of all blocks", _needs(quantile, safety))
        if not statistics.is_shared(rows, quantile):
            return "few blocks make this tail"
        if statistics.is_on_an_edge(rows, quantile, samples / worth, buckets):
            return "stalls begin at this percentile"
        own = [value for group in self.groups for one in group if (value := one.value(metric, quantile)) is not None]
        if statistics.is_of_two_kinds(own, buckets[statistics.merged_quantile(rows.sum(axis=0), quantile)]):
            return "stalls reach this percentile in some trials only"
        return ""

    @property
    def _network(self) -> str:
        return self.run.network_of(self.groups[0][0].trial)

    def _worth(self, quantile: float) -> float:
        return inefficiency(self.run, self._network, self.load, quantile) or 1.0

    def _too_few(self, samples: int, worth: float, quantile: float, whose: str, needed: str) -> str:
        """The reason where samples are too few: themselves, or what they are worth."""
        if not statistics.supports(samples, quantile):
            return f"too few samples ({words.thousands(samples)} {whose} of {self._network}, {needed})"
        return (
            f"requests were late together ({words.count(samples, 'sample')} {whose} of {self._network} are worth "
            f"{words.thousands(int(samples / worth))} independent ones, {needed})"
        )


def _needs(quantile: float, safety: float = 1.0) -> str:
    return f"{words.quantile_name(quantile)} needs {words.thousands(round(safety * statistics.samples_for(quantile)))}"
