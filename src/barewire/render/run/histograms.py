"""A run's histograms for other programs: every interval with what it is of, or merged by network, load, size and kind of time.

Only valid trials count, as everywhere. Merging is adding, never averaging. Unlike a page, which may show the rest, a file for
another program has everything or is refused: a log that is missing or damaged would change quantiles without a trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from barewire.errors import RunError
from barewire.records import Load, Trial
from barewire.render.run.data import ReportData
from barewire.render.run.labels import HistogramKey
from barewire.results import reading
from barewire.workloads.generator.histogram import Entry, Histogram

LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class HistogramInterval:
    """About a second of a load of a trial; `kind` is `latency`, `service`, `lag`, `connect`, `wire`, or a later one."""

    place: HistogramKey
    kind: str
    trial: Trial
    load: Load
    entry: Entry


def intervals(data: ReportData) -> Iterator[HistogramInterval]:
    """Every interval that was recorded, by network in the order of the plan, then by trial.

    Raises `RunError` if there is none, or if one that a trial names cannot be read.
    """
    files = reading.read(data.path)
    empty = True
    for network in data.networks:
        for trial in data.valid(network.name):
            for name in {one.histogram for one in trial.loads if one.histogram}:
                _must_be_there(data, trial, name)
            ends = {f"/{one.load}/{one.response_bytes}": one for one in trial.loads}
            for entry in files.histograms(trial.trial):
                kind, slash, rest = entry.tag.partition("/")
                load = ends.get(slash + rest)
                if load is not None and entry.histogram.count:
                    empty = False
                    yield HistogramInterval(
                        HistogramKey(network.name, load.load, load.response_bytes), kind, trial, load, entry
                    )
    if empty:
        raise RunError(
            "this run has no histograms",
            where=str(data.path),
            remedy="Formats that need none: csv, pyperf, openmetrics; or measure again, and keep the run's histograms",
        )


def merged(data: ReportData) -> Mapping[tuple[HistogramKey, str], Entry]:
    """One histogram for each network, load, size and kind, with the time of its first and of its last interval."""
    found: dict[tuple[HistogramKey, str], Entry] = {}
    for one in intervals(data):
        key = (one.place, one.kind)
        before = found.get(key) or Entry("", Histogram(), one.entry.start_ns, one.entry.end_ns)
        before.histogram.add(one.entry.histogram)
        start, end = min(before.start_ns, one.entry.start_ns), max(before.end_ns, one.entry.end_ns)
        found[key] = Entry(f"{one.kind}/{one.place.load}/{one.place.response_bytes}", before.histogram, start, end)
    return found


def latencies(data: ReportData) -> Mapping[HistogramKey, Entry]:
    """The merged latencies alone; raises `RunError` if the run has none."""
    found = {place: entry for (place, kind), entry in merged(data).items() if kind == LATENCY}
    if not found:
        raise RunError("this run has no histograms of latencies", where=str(data.path))
    return found


def _must_be_there(data: ReportData, trial: Trial, name: str) -> None:
    if not (data.path / name).is_file():
        raise RunError(
            f"the histograms of trial {trial.trial} are missing",
            where=str(data.path / name),
            remedy="Restore the file; or use a format that needs none: csv, pyperf, openmetrics",
        )
