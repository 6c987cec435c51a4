"""A run directory read for reporting: `load` gives everything that the writers need, looked up by what they ask for.

What is damaged is refused with file and line (`results.reading`); what is only missing is left empty and said in `notes`. The
summary is of the trials that are on disk now (`results.current`), whatever summary.json has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from barewire import schemas, workloads
from barewire.records import Cell, Floor, Load, NetworkRecord, RunRecord, Summary, Trial
from barewire.results import BASELINE, answer, knees, reading, words
from barewire.results.clock import COUNTED, clock_of
from barewire.results.current import current
from barewire.workloads.definition import shares


@dataclass(frozen=True, slots=True)
class LatencyLoad:
    """A load with latencies: its name as in the plan (`50%`, `tcp-rr`), the size of its answers in bytes, its rate per
    second (None where nothing is offered: one request at a time)."""

    load: str
    response_bytes: int | None
    offered_per_s: float | None
    full: str = "host"
    """The network whose maximum rate 100 % is."""
    guessed: bool = False
    """Whether that maximum was not found, so that 100 % is a guess."""

    @property
    def sequential(self) -> bool:
        """Whether it is one request at a time and not a rate."""
        return workloads.by_load(self.load).sequential

    @property
    def where(self) -> str:
        """The load within a sentence."""
        if self.sequential:
            return workloads.by_load(self.load).phrase
        share = f"{shares.percent(self.load):.6g}{words.JOIN}%"
        if shares.is_own(self.load):
            return f"{share} of each network's own maximum rate"
        if self.guessed:
            return f"{share} of a guess at the maximum rate of {self.full}"
        if self.full == BASELINE:
            return f"{share} of the host's maximum rate"
        return f"{share} of the maximum rate of {self.full}, the slowest network"


@dataclass(frozen=True)
class ReportData:
    """A run: `run` (run.json), `summary` (of the trials that are there; empty without any) with the text of its JSON document,
    `trials` in order, and what was found amiss."""

    path: Path
    run: RunRecord
    summary: Summary
    trials: tuple[Trial, ...] = ()
    notes: tuple[str, ...] = ()
    summary_text: str = ""

    @property
    def baseline(self) -> str:
        """The network that all others are compared with."""
        return self.summary.baseline

    @property
    def counted(self) -> bool:
        """Whether its clock counted instructions: times are virtual then."""
        return self.summary.clock == COUNTED

    @cached_property
    def networks(self) -> tuple[NetworkRecord, ...]:
        """Every network of the plan, in its order."""
        return self.run.networks

    @cached_property
    def unmeasured(self) -> tuple[NetworkRecord, ...]:
        """Networks that this machine could not make."""
        return tuple(n for n in self.networks if not n.measured)

    @cached_property
    def cells(self) -> Mapping[tuple[str, str, int | None, str, float | None], Cell]:
        """Cells by (network, load, response_bytes, metric, quantile)."""
        return {(c.network, c.load, c.response_bytes, c.metric, c.quantile): c for c in self.summary.cells}

    @cached_property
    def floors(self) -> Mapping[tuple[str, int | None, str, float | None], Floor]:
        """Host against host by (load, response_bytes, metric, quantile)."""
        return {(f.load, f.response_bytes, f.metric, f.quantile): f for f in self.summary.noise_floor}

    @cached_property
    def sizes(self) -> tuple[int | None, ...]:
        """Sizes of answers in bytes for which there are latencies at a rate, ascending."""
        return _ascending(key.response_bytes for key in self.rate_loads)

    @cached_property
    def quantiles(self) -> tuple[float, ...]:
        """Quantiles of latency, ascending; 1 is the maximum."""
        return tuple(
            sorted({c.quantile for c in self.summary.cells if c.metric == "latency" and c.quantile is not None})
        )

    @cached_property
    def rate_loads(self) -> tuple[LatencyLoad, ...]:
        """Loads at a constant rate, by size, then by rate."""
        return tuple(key for key in self._timed if not key.sequential)

    @cached_property
    def sequential_loads(self) -> tuple[LatencyLoad, ...]:
        """Loads of one request at a time, by name."""
        return tuple(sorted((key for key in self._timed if key.sequential), key=lambda k: k.load))

    @cached_property
    def _timed(self) -> tuple[LatencyLoad, ...]:
        full, guessed = knees.full_of(self.run), knees.guessed(self.run)
        return tuple(
            LatencyLoad(load, size, rate, full, size in guessed)
            for (load, size), rate in answer.timed_loads(self.summary).items()
        )

    def cell(
        self, network: str, load: str, metric: str, response_bytes: int | None = None, quantile: float | None = None
    ) -> Cell | None:
        """One cell, or None if the summary has none."""
        return self.cells.get((network, load, response_bytes, metric, quantile))

    def valid(self, network: str) -> tuple[Trial, ...]:
        """Valid trials of a network; where a slot of a block was run twice, the later one."""
        slots = {(t.block, t.role): t for t in self.trials if t.valid and t.network == network}
        return tuple(slots.values())

    def loads(self, network: str) -> Iterable[Load]:
        """Every load of the valid trials of a network."""
        return (load for trial in self.valid(network) for load in trial.loads)

    @property
    def rejected(self) -> tuple[Trial, ...]:
        """Trials that broke a rule."""
        return tuple(t for t in self.trials if not t.valid)

    @property
    def tolerated(self) -> tuple[Trial, ...]:
        """Trials that count although the machine was not quiet: it was not in any of their attempts."""
        return tuple(t for t in self.trials if t.valid and t.tolerated)


def load(run_path: Path) -> ReportData:
    """Read the run at `run_path`.

    Raises `RunError`, naming file and line or key, for a directory that is no run, is damaged, or is newer than this.
    """
    files = reading.read(run_path)
    notes = list(files.notes)
    found = current(files)
    notes += [found.note] if found.note else []
    summary = found.summary
    if summary is None:
        summary = Summary(
            f"barewire/summary/{schemas.VERSION}",
            clock=clock_of(files.run),
            rejected=sum(not t.valid for t in files.trials),
        )
        if not found.note:
            notes.append("There is no summary yet: the study ended before a trial was complete.")
    return ReportData(run_path, files.run, summary, files.trials, tuple(notes), found.text)


def _ascending(sizes: Iterable[int | None]) -> tuple[int | None, ...]:
    return tuple(sorted(set(sizes), key=lambda size: size or 0))
