"""Latency by percentile, read from the histogram logs: what the figures with the axis of nines draw.

Trials are merged by adding their histograms, never by averaging percentiles. Points are spaced evenly on the axis of
nines, and end at the maximum; `supported` says up to which quantile at least ten samples lie above. A histogram log
that is missing or damaged leaves its network without a curve and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from barewire.report.data import ReportData

LOWEST_NS, HIGHEST_NS, DIGITS = 1, 3_600_000_000_000, 3
_POINTS_PER_NINE = 16
_EXCEEDANCES = 10


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
        return 1 - _EXCEEDANCES / self.samples if self.samples else 0.0


@dataclass(frozen=True, slots=True)
class Curves:
    """All curves, and sentences about logs that could not be read."""

    curves: tuple[Curve, ...]
    notes: tuple[str, ...]


def read(data: ReportData) -> Curves:
    """Merge the latency histograms of every valid trial, by network, load and size."""
    merged: dict[tuple[str, str, int | None], Any] = {}
    notes = []
    for network in data.networks:
        for trial in data.valid(network.name):
            wanted = {f"latency/{one.load}/{one.response_bytes}": one for one in trial.loads if one.kind == "rate"}
            for name in sorted({one.histogram for one in wanted.values() if one.histogram}):
                try:
                    for tag, histogram in _log(_within(data.path, name)):
                        if tag in wanted:
                            key = (network.name, wanted[tag].load, wanted[tag].response_bytes)
                            merged.setdefault(key, HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)).add(histogram)
                except Exception as error:  # noqa: BLE001 - the package raises whatever its decoder meets
                    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
                    notes.append(f"The histograms of trial {trial.trial} could not be read ({name}: {said}).")
    curves = (_curve(*key, histogram) for key, histogram in merged.items())
    return Curves(tuple(c for c in curves if c.samples), tuple(notes))


def _log(file: Path) -> Iterator[tuple[str, Any]]:
    if not file.is_file():
        raise FileNotFoundError(2, "No such file")
    reader = HistogramLogReader(str(file), HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS))
    try:
        while (histogram := reader.get_next_interval_histogram()) is not None:
            yield histogram.get_tag() or "", histogram
    finally:
        reader.close()


def _within(run_path: Path, name: str) -> Path:
    """A file of the run; a record must not lead out of its directory."""
    file = (run_path / name).resolve()
    if not file.is_relative_to(run_path.resolve()):
        raise ValueError("it is not within the run")
    return file


def _curve(network: str, load: str, response_bytes: int | None, histogram: Any) -> Curve:
    samples = int(histogram.get_total_count())
    grid = list(_grid(samples))
    found = histogram.get_percentile_to_value_dict([q * 100 for q in grid]) if grid else {}
    values = [int(found[q * 100]) for q in grid]
    last = 1 - 1 / samples if samples > 1 else 0.5
    return Curve(network, load, response_bytes, (*grid, last), (*values, int(histogram.get_max_value())), samples)


def _grid(samples: int) -> Iterable[float]:
    """Quantiles 1 - 10^(-i/16) from 0 up to where one sample is left."""
    i = 0
    while 10 ** (-i / _POINTS_PER_NINE) * samples > 1:
        yield 1 - 10 ** (-i / _POINTS_PER_NINE)
        i += 1
