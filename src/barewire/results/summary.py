"""`summary.json`: one cell for each network, load, size, metric and quantile, with its intervals and its verdict.

How a cell comes about:

- `ratio` and `difference` with their intervals are made of blocks; `comparison` says by which method.
- `joint_low` and `joint_high` are the ratio's interval at the confidence at which those of all networks in the same column
  (load, size, metric, quantile) hold together; the verdict looks at them and at the noise floor.
- `value` and `baseline_value` of a latency are read from the merged histograms, because percentiles are never averaged; of
  a rate, a time or a cost they are the geometric mean. So `value / baseline_value` is `ratio` for rates, and close to it for
  latencies.

The host has cells of its own, with the ratio 1. Nothing is NaN or infinite: what is not known is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypedDict

from barewire import schemas, statistics
from barewire.records import Cell, DependenceRecord, Floor, MeasuredNetwork, Summary
from barewire.results import BASELINE, counted, dependence, knees, overhead, parts, saturation, support, waits, within
from barewire.results.analysis import LoadKey, Observation, Run, metrics_of
from barewire.results.cells import (
    JudgedKeys,
    bounded,
    compared,
    joint_confidence,
    judged,
    margin_of,
    number,
    of_host,
    ratio_record,
    rounded,
)
from barewire.results.clock import COUNTED, clock_of
from barewire.results.overhead import BlockComparison, Evidence
from barewire.results.support import Group
from barewire.statistics import CONFIDENCE, Interval
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import LATENCY, OBJECTS, WIRE_LATENCY, Metric

_SAME = Interval(1.0, 1.0, 1.0, 0, "")
"""The host against itself."""


class SampleKeys(TypedDict):
    """How many samples a quantile is of, and what they are worth."""

    samples: int | None
    samples_effective: int | None
    inefficiency: float | None
    stationary: float | None


def summarise(run: Run, confidence: float = CONFIDENCE) -> Summary:
    """`summary.json` of a run, however partial; intervals at `confidence`, which differs from what is reported where a study
    has looked several times (`results.precision.looks`)."""
    cells: list[Cell] = []
    floors: list[Floor] = []
    for load in run.loads:
        of_load = Columns(run, load, confidence)
        columns = [of_load.column(*which) for which in metrics_of(load)]
        floors += [floor for _, floor in columns if floor]
        by_network = {n: [c for found, _ in columns for c in found if c.network == n] for n in run.measured}
        cells += [cell for found in by_network.values() for cell in found]
    return Summary(
        schema=f"barewire/summary/{schemas.VERSION}",
        clock=clock_of(run.record),
        counted=counted.record(run),
        baseline=BASELINE,
        blocks=len({pair.block for load in run.loads for pair in run.pairs(BASELINE, load)}),
        confidence=rounded(confidence),
        margin=margin_of(run.record),
        networks=tuple(
            MeasuredNetwork(one.name, one.measured, one.reason, one.remedy, one.parts) for one in run.record.networks
        ),
        cells=tuple(cells),
        noise_floor=tuple(floors),
        parts=tuple(parts.summarise(run, confidence)),
        dependence=_dependence(run),
        knees=knees.summarise(run.record),
        rejected=run.rejected,
        complete=run.complete,
    )


def _dependence(run: Run) -> DependenceRecord:
    """`dependence`: whether blocks resemble their neighbours, and what they are worth."""
    found = dependence.dependence_of(run)
    return DependenceRecord(
        tested=found.chance is not None,
        chance=number(found.chance),
        autocorrelation=rounded(found.autocorrelation),
        effective_blocks=rounded(found.effective),
    )


def precision(run: Run) -> dict[str, float]:
    """For progress while a study runs: each candidate's relative half-width of the median's ratio, at the rate nearest
    50 % and the smallest size. Infinite while fewer than two blocks have it. Needs no histograms."""
    rates = [load for load in run.loads if load.workload.at_rate]
    if not rates:
        return {}
    load = min(rates, key=lambda key: (shares.distance(key.load), key.response_bytes or 0))
    return {
        network: statistics.half_width(found)
        for network, found in zip(run.measured[1:], Columns(run, load).medians(), strict=True)
    }


def intervals(
    run: Run, load: LoadKey, metric: Metric, quantile: float | None, confidence: float
) -> Iterator[Interval | None]:
    """The interval of every candidate that has anything to say about the metric, as the report shows it: all of them hold
    together."""
    found = Columns(run, load, confidence)
    evidence = {
        n: e
        for n in run.measured[1:]
        if not found.saturated(n, metric)
        and ((e := found.evidence(n, metric, quantile)) or found.has_values(n, metric, quantile))
    }
    joint = joint_confidence(evidence.values(), confidence)
    for one in evidence.values():
        yield one.ratio(joint) if one else None


class Columns:
    """Everything of one load: a column is a metric and a quantile, for all networks and the noise floor."""

    def __init__(self, run: Run, load: LoadKey, confidence: float = CONFIDENCE) -> None:
        self._run, self._load, self._confidence = run, load, confidence
        self._comparisons: dict[str, BlockComparison] = {}
        self._noise = overhead.noise(run, load)

    def column(self, metric: Metric, quantile: float | None) -> tuple[list[Cell], Floor | None]:
        """The cells of a column, the host's first, and its entry of the noise floor."""
        noise = self._noise.evidence(metric, quantile, self._confidence) if metric is not OBJECTS else None
        floor = noise.ratio(self._confidence) if noise else None
        host = None if self.saturated(BASELINE, metric) else noise
        evidence = {BASELINE: host, **{n: self.evidence(n, metric, quantile) for n in self._run.measured[1:]}}
        family = [e for n, e in evidence.items() if n != BASELINE]
        joint = joint_confidence(family, self._confidence)
        cells = []
        for network, found in evidence.items():
            cell = self._cell(network, metric, quantile, found, joint, floor)
            if cell:
                why = self._unsupported(metric, quantile, network) if cell.verdict == "unsupported" else ""
                cells.append(replace(cell, family=sum(map(bounded, family)), unsupported=why or None))
        return cells, _floor_record(self._load, metric, quantile, floor) if floor else None

    def evidence(self, network: str, metric: Metric, quantile: float | None) -> Evidence | None:
        """What the blocks say of a network; nothing of the latency of one that did not carry its rate."""
        if self.saturated(network, metric):
            return None
        return self._against(network).evidence(metric, quantile, self._confidence)

    def saturated(self, network: str, metric: Metric) -> str:
        """Why the metric is that of a growing queue; empty where it is not."""
        return saturation.reason(self._run, network, self._load) if metric in (LATENCY, WIRE_LATENCY) else ""

    def has_values(self, network: str, metric: Metric, quantile: float | None) -> bool:
        """Whether any trial of the network has a value of the metric."""
        return any(o.value(metric, quantile) is not None for o in self._run.all_of(network, self._load))

    def medians(self) -> Iterator[Interval | None]:
        """The median's ratio of every candidate by Student's t, whatever its samples support."""
        for network in self._run.measured[1:]:
            logs = [x for m in self._against(network).matches if (x := m.log_ratio(LATENCY, 0.5)) is not None]
            yield statistics.paired_log_t(logs)

    def _against(self, network: str) -> BlockComparison:
        if network not in self._comparisons:
            self._comparisons[network] = overhead.against_host(self._run, network, self._load)
        return self._comparisons[network]

    def _cell(
        self,
        network: str,
        metric: Metric,
        quantile: float | None,
        evidence: Evidence | None,
        joint: float,
        floor: Interval | None,
    ) -> Cell | None:
        if not self.has_values(network, metric, quantile):
            return None
        against = self._against(network)
        groups: Sequence[Group] = [m.own for m in against.matches]
        rows = against.own_rows(metric)
        if not groups:
            # Without a single pair the network's own values are still worth showing.
            groups = [(o,) for o in self._run.all_of(network, self._load)]
            rows = against.rows(groups, metric)
        value = overhead.value(groups, rows, metric, quantile)
        if value is None:
            return None
        hosts = overhead.value([m.other for m in against.matches], against.other_rows(metric), metric, quantile)
        observations = [o for group in groups for o in group]
        shares = [share for o in observations if (share := o.achieved_share) is not None]
        known = of_host(evidence, floor) if network == BASELINE else compared(evidence, joint, self._confidence)
        bound = overhead.floor(self._run, self._load, floor)
        return Cell(
            network=network,
            load=self._load.load,
            offered_per_s=number(observations[0].load.offered_per_s),
            response_bytes=self._load.response_bytes,
            metric=metric.name,
            quantile=quantile,
            unit=metric.unit,
            value=number(value),
            baseline_value=number(hosts),
            **known,
            n=self._blocks(network, metric, evidence),
            saturated=self.saturated(network, metric) or None,
            **self._judged(network, metric, evidence, joint, bound),
            **self._samples(network, metric, quantile, observations),
            achieved_share=number(sum(shares) / len(shares)) if shares else None,
            idle_share=self._idle(observations),
        )

    def _idle(self, observations: Sequence[Observation]) -> float | None:
        """`idle_share`, by the counted clock."""
        if clock_of(self._run.record) != COUNTED:
            return None
        return number(waits.idle_share(o.load for o in observations))

    def _judged(
        self, network: str, metric: Metric, evidence: Evidence | None, joint: float, floor: float | None
    ) -> JudgedKeys:
        if self.saturated(network, metric):
            return {"detectable": None, "verdict": "saturated"}
        margin = margin_of(self._run.record)
        if network == BASELINE:
            known = floor if evidence else None
            said = statistics.verdict(metric.better, _SAME, known, margin=margin)
            return {"detectable": None, "verdict": said}
        interval = evidence.ratio(joint) if evidence else None
        return judged(metric, interval, joint, floor if evidence else None, margin)

    def _unsupported(self, metric: Metric, quantile: float | None, network: str) -> str:
        """Why there is no verdict: no interval of the network, or none of the host against itself."""
        own = "" if network == BASELINE else self._against(network).unsupported(metric, quantile)
        return own or self._noise.unsupported(metric, quantile)

    def _blocks(self, network: str, metric: Metric, evidence: Evidence | None) -> int:
        """`n`: the blocks that a ratio is of, or would be if the network had carried its rate."""
        if self.saturated(network, metric):
            return len(self._against(network).matches)
        return evidence.n if evidence else 0

    def _samples(
        self, network: str, metric: Metric, quantile: float | None, observations: Sequence[Observation]
    ) -> SampleKeys:
        if quantile is None:
            return {"samples": None, "samples_effective": None, "inefficiency": None, "stationary": None}
        samples = sum(o.samples(metric) for o in observations)
        worth = support.inefficiency(self._run, network, self._load, quantile)
        key = ("stationary", network, self._load)
        if key not in self._run.cache:
            loads = [o.load for o in self._run.all_of(network, self._load)]
            self._run.cache[key] = within.stationary_share(loads)
        return {
            "samples": samples,
            "samples_effective": int(samples / worth) if worth else None,
            "inefficiency": number(worth),
            "stationary": number(self._run.cache[key]),
        }


def _floor_record(load: LoadKey, metric: Metric, quantile: float | None, interval: Interval) -> Floor:
    """An entry of `noise_floor`."""
    return Floor(
        load=load.load,
        response_bytes=load.response_bytes,
        metric=metric.name,
        quantile=quantile,
        **ratio_record(interval),
        floor=number(statistics.floor_of(interval)),
        n=interval.n,
    )
