"""Where the instructions go, for a report: what `barewire explain --out RUN/explain` has left beside a run.

`explain` counts in a VM of its own, so a run has it only if somebody asked for it; then its stages belong to the run's report.
Read as any published format: what is damaged, or of another kernel than the run's, is a sentence and no table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from barewire.errors import RunError
from barewire.render.run import overhead
from barewire.render.run.data import ReportData
from barewire.results import explained
from barewire.results.explained import Cost, ExplainedNetwork, Stage

FOLDER, FILE = "explain", "explain.json"
PAGE = "explain.html"


@dataclass(frozen=True, slots=True)
class Stages:
    """`networks` in the order of the report's tables; `rows` are the stages that have anything, with a cost a network, shown with
    `digits` decimal places from `least` on. The flame graphs are in `page`, beside the report."""

    page: str
    load: str
    operation: str
    kernel: str
    baseline: str
    digits: int
    least: float
    networks: tuple[ExplainedNetwork, ...]
    rows: tuple[tuple[Stage, tuple[Cost, ...]], ...]


_NONE = Cost(0.0, 0.0)


def read(data: ReportData) -> tuple[tuple[Stages, ...], tuple[str, ...]]:
    """The stages of each load that the run has them of; a sentence for each that there is and that cannot be shown."""
    folder = data.path / FOLDER
    found: list[Stages] = []
    notes: list[str] = []
    for file in (folder / FILE, *sorted(folder.glob(f"*/{FILE}"))):
        if file.is_file():
            stages, note = _read(file, data)
            found += [stages] if stages else []
            notes += [note] if note else []
    return tuple(found), tuple(notes)


def _read(file: Path, data: ReportData) -> tuple[Stages | None, str]:
    name = file.relative_to(data.path).as_posix()
    try:
        found = explained.read(file)
    except RunError as error:
        return None, f"Where the instructions go cannot be shown: {error}"
    kernel = data.run.environment.get("kernel", "")
    if found.kernel not in kernel.split():
        return None, (
            f"Where the instructions go is not shown: {name} was counted on Linux {found.kernel}, not on this run's."
        )
    order = [data.baseline, *(network.name for network in overhead.ranked(data))]
    known = {name: place for place, name in enumerate(order)}
    networks = sorted(found.networks, key=lambda one: (known.get(one.network, len(order)), one.instructions))
    counts = ((stage, tuple(one.stages.get(stage.name, _NONE) for one in networks)) for stage in found.stages)
    rows = tuple((stage, cells) for stage, cells in counts if any(_is_shown(cell, found.least) for cell in cells))
    if not rows:
        return None, ""
    stages = Stages(
        file.with_name(PAGE).relative_to(data.path).as_posix(), found.load, found.operation, found.kernel, found.baseline,
        found.digits, found.least, tuple(networks), rows,
    )  # fmt: skip
    return stages, ""


def _is_shown(cost: Cost, least: float) -> bool:
    return cost.instructions >= least or abs(cost.difference) >= least
