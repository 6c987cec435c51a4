"""Where the instructions of a round trip go, for a report: what `barewire explain --out RUN/explain` has left beside a run.

`explain` counts in a VM of its own, so a run has it only if somebody asked for it; then its stages belong to the run's report.
Read as any published format: what is damaged, or of another kernel than the run's, is a sentence and no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from barewire.report import loss
from barewire.report.data import ReportData
from barewire.runs.records import Number

FILE = "explain/explain.json"
_SCHEMA = "barewire/explain/1"
_LEAST = 0.5
"""Instructions that a stage must have, or differ by, to be a row."""


@dataclass(frozen=True, slots=True)
class Count:
    """Instructions of a stage per operation, and what that is more than the baseline's."""

    instructions: Number
    difference: Number


@dataclass(frozen=True, slots=True)
class Explained:
    """One network."""

    network: str
    instructions: Number
    difference: Number
    stages: Mapping[str, Count] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage's name and what it is."""

    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What of explain.json a report shows."""

    schema: str
    kernel: str
    load: str
    operation: str
    baseline: str
    stages: tuple[Stage, ...] = ()
    networks: tuple[Explained, ...] = ()


@dataclass(frozen=True, slots=True)
class Stages:
    """`networks` in the order of the report's tables; `rows` are the stages that have anything, with a count a network."""

    load: str
    operation: str
    kernel: str
    baseline: str
    networks: tuple[Explained, ...]
    rows: tuple[tuple[Stage, tuple[Count, ...]], ...]


_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)
_NONE = Count(0.0, 0.0)


def read(data: ReportData) -> tuple[Stages | None, tuple[str, ...]]:
    """The stages, if the run has them; else nothing, with a sentence where there is something that cannot be shown."""
    file = data.path / FILE
    if not file.is_file():
        return None, ()
    try:
        found = _DOCUMENT.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        said = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
        return None, (f"Where the instructions go cannot be shown: {FILE} cannot be read ({said}).",)
    if found.schema != _SCHEMA:
        return None, (f"Where the instructions go cannot be shown: {FILE} is {found.schema!r}, not {_SCHEMA}.",)
    kernel = str(data.run.environment.get("kernel", ""))
    if found.kernel not in kernel.split():
        return None, (
            f"Where the instructions go is not shown: {FILE} was counted on Linux {found.kernel}, not on this run's.",
        )
    order = [data.baseline, *(network.name for network in loss.ranked(data))]
    known = {name: place for place, name in enumerate(order)}
    networks = sorted(found.networks, key=lambda one: (known.get(one.network, len(order)), one.instructions))
    counts = ((stage, tuple(one.stages.get(stage.name, _NONE) for one in networks)) for stage in found.stages)
    rows = tuple((stage, cells) for stage, cells in counts if any(_is_told(cell) for cell in cells))
    if not rows:
        return None, ()
    return Stages(found.load, found.operation, found.kernel, found.baseline, tuple(networks), rows), ()


def _is_told(count: Count) -> bool:
    return count.instructions >= _LEAST or abs(count.difference) >= _LEAST
