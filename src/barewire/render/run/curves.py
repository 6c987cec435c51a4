"""Latency by percentile, read from the histogram logs: what the figures with the axis of nines draw.

Trials are merged by adding their histograms, never by averaging percentiles. Points are spaced evenly on the axis of
nines, and end at the maximum; `supported` says up to which quantile at least ten samples lie above. A histogram log
that is missing or damaged leaves its network without a curve and is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from barewire import workloads
from barewire.errors import BarewireError
from barewire.render.run.data import ReportData
from barewire.results.reading import within
from barewire.statistics.verdicts import EXCEEDANCES
from barewire.workloads.generator.histogram import Histogram, read_log

_POINTS_PER_NINE = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """`quantiles` and `latencies_ns`, ascending and of one length; the last is the maximum, drawn at 1 - 1/samples."""

    network: str
    load: str
    response_bytes: int | None
    quantiles: tuple[float, ...]
    latencies_ns: tuple[int, ...]
    samples: int

    @property
    def supported(self) -> float:
        """The highest quantile with at least ten samples above it."""
        return 1 - EXCEEDANCES / self.samples if self.samples else 0.0


@dataclass(frozen=True, slots=True)
class Curves:
    """All curves, and sentences about logs that could not be read."""

    curves: tuple[Curve, ...]
    notes: tuple[str, ...]


def read(data: ReportData) -> Curves:
    """Merge the latency histograms of every valid trial, by network, load and size."""
    merged: dict[tuple[str, str, int | None], Histogram] = {}
    notes = []
    for network in data.networks:
        for trial in data.valid(network.name):
            wanted = {
                f"latency/{one.load}/{one.response_bytes}": one
                for one in trial.loads
                if workloads.by_load(one.load).at_rate
            }
            for name in sorted({one.histogram for one in wanted.values() if one.histogram}):
                try:
                    for entry in read_log(within(data.path, name)):
                        if entry.tag in wanted:
                            key = (network.name, wanted[entry.tag].load, wanted[entry.tag].response_bytes)
                            merged.setdefault(key, Histogram()).add(entry.histogram)
                except (BarewireError, OSError, IndexError, ValueError) as error:
                    said = (
                        error.said
                        if isinstance(error, BarewireError)
                        else getattr(error, "strerror", None) or str(error)
                    )
                    notes.append(f"The histograms of trial {trial.trial} could not be read ({name}: {said}).")
    curves = (_curve(*key, histogram) for key, histogram in merged.items())
    return Curves(tuple(c for c in curves if c.samples), tuple(notes))


def _curve(network: str, load: str, response_bytes: int | None, histogram: Histogram) -> Curve:
    samples = histogram.count
    grid = tuple(_grid(samples))
    last = 1 - 1 / samples if samples > 1 else 0.5
    values = tuple(histogram.quantile(q) for q in (*grid, 1))
    return Curve(network, load, response_bytes, (*grid, last), values, samples)


def _grid(samples: int) -> Iterable[float]:
    """Quantiles 1 - 10^(-i/10), from the 21st percentile (the fastest show little) up to where one sample is left."""
    i = 1
    while 10 ** (-i / _POINTS_PER_NINE) * samples > 1:
        yield 1 - 10 ** (-i / _POINTS_PER_NINE)
        i += 1
