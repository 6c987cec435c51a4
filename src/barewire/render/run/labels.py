"""What a cell, a load and a file are called in other programs' formats: the same words everywhere, and never two alike.

Names are free text there (a network may be called anything), but file names and tags are not: those are made of characters that
every system takes, and numbered where two would be the same.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from barewire.records import Cell
from barewire.render.run import counted
from barewire.render.run.data import ReportData
from barewire.results import words
from barewire.workloads.definition.metric import HIGHER_IS_BETTER

_LONGEST_FILE = 120


@dataclass(frozen=True, slots=True)
class HistogramKey:
    """A network under a load with answers of a size (None for streams and setup)."""

    network: str
    load: str
    response_bytes: int | None

    def __str__(self) -> str:
        return " ".join((self.network, *self.load_words))

    @property
    def load_words(self) -> tuple[str, ...]:
        """`("50%", "100B")`, or the load alone."""
        return (self.load,) if self.response_bytes is None else (self.load, f"{self.response_bytes}B")


def place(cell: Cell) -> HistogramKey:
    """Where a cell stands."""
    return HistogramKey(cell.network, cell.load, cell.response_bytes)


def metric(cell: Cell) -> str:
    """A cell's metric with its quantile: `latency p99`, `request_rate`."""
    return cell.metric if cell.quantile is None else f"{cell.metric} {words.quantile(cell.quantile)}"


def more_is_better(cell: Cell) -> bool:
    """Whether a metric is a rate; of one that is not known here, its unit decides."""
    return cell.metric in HIGHER_IS_BETTER or cell.unit.endswith("/s")


def unmeasured(data: ReportData) -> tuple[str, ...]:
    """`ipvlan/l2: the kernel has no link kind ipvlan`, for each network without a number; always one line."""
    missing = [f"{n.name}: {n.reason or 'no reason was recorded'}" for n in data.unmeasured]
    return tuple(" ".join(line.split()) for line in (*missing, *without_values(data)))


def without_values(data: ReportData) -> tuple[str, ...]:
    """`ptp: all 3 of its trials were rejected (CPU quota)`, for each network that can be measured and has no value yet."""
    present = {cell.network for cell in data.summary.cells}
    return tuple(f"{n.name}: {_why_none(data, n.name)}" for n in data.networks if n.measured and n.name not in present)


def _why_none(data: ReportData, network: str) -> str:
    found = [trial for trial in data.rejected if trial.network == network]
    if not found:
        return "no trial of it has ended yet"
    rules = sorted({reject.rule for trial in found for reject in trial.rejected})
    all_of = "its only trial was" if len(found) == 1 else f"all {len(found)} of its trials were"
    last = found[-1]
    # Of a trial that measured nothing the rule says little, and what went wrong is in its detail.
    why = "" if last.loads else last.rejected[0].detail.rstrip(".")
    return f"{all_of} rejected ({', '.join(rules)}{why and f'; the last one: {why}'})"


def file_names(keys: Iterable[tuple[Hashable, str]], suffix: str) -> Mapping[Hashable, str]:
    """A file name for each key, from its text: letters, digits and `.+=-_` alone, `%` as `pct`, no two alike."""
    found: dict[Hashable, str] = {}
    taken: set[str] = set()
    for key, text in keys:
        stem = re.sub(r"[^A-Za-z0-9.+=_-]+", "_", text.replace("%", "pct").replace(" ", "-")).lstrip(".-")
        stem = stem[:_LONGEST_FILE] or "_"
        name, number = stem, 2
        while name.lower() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.lower())
        found[key] = name + suffix
    return found


def index_text(data: ReportData, what: str, files: Mapping[str, str]) -> str:
    """The text that stands beside the files of a directory: what they are, which is which, and what is not there."""
    lines = [
        " ".join(what.split()),
        *([counted.short(data)] if data.counted else []),
        "",
        f"run: {data.path.name}, begun {words.moment(data.run.created) or 'at an unknown time'}",
    ]
    lines += ["", *(f"{name}\t{' '.join(text.split())}" for name, text in files.items())]
    missing = unmeasured(data)
    lines += ["", "not measured:", *(f"  {line}" for line in missing)] if missing else []
    lines += ["", *data.notes] if data.notes else []
    if not data.summary.complete:
        lines += ["", "The run is partial."]
    return "\n".join(lines) + "\n"
