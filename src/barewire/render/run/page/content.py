"""What the page of a run consists of, as plain data for its template; empty sequences are sections that a run has nothing for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from barewire.records import Floor, NetworkRecord, PartCost, ProofRecord, Trial
from barewire.render import verdicts
from barewire.render.run import answer, counted, counters, parts, stages, study_2016
from barewire.render.run.data import ReportData
from barewire.render.run.growth import HEAD, NOTE, TITLE, GrowthRow
from barewire.render.run.overhead import HEAT_STEPS, OverheadCell, Row
from barewire.render.run.page import limits
from barewire.render.run.page.drawing import Drawing
from barewire.render.svg.figure import Figure
from barewire.results.analysis import SHOWN_QUANTILES


@dataclass(frozen=True, slots=True)
class OverheadTable:
    """A table of overheads with its heading; `about` says what its cells are."""

    id: str
    title: str
    titles: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class LegendNetwork:
    """A network in the legend: its colour (None for the host) and dash."""

    name: str
    colour: int | None
    dash: str


@dataclass(frozen=True, slots=True)
class SetupRow:
    """What a network asks for before the first packet; texts are ready to show."""

    network: NetworkRecord
    built: OverheadCell
    nodes: Sequence[str]
    kinds: str


@dataclass(frozen=True, slots=True)
class WithinRow:
    """A network's requests at the answer's load; `inefficiency` by quantile, None where it is not known."""

    network: str
    samples: int
    inefficiency: Sequence[float | None]
    stationary: float | None


@dataclass(frozen=True, slots=True)
class PathCard:
    """The proof of one network."""

    name: str
    proof: ProofRecord
    forward: Drawing | None
    open: bool


@dataclass(frozen=True)
class RunPage:
    """The page; empty sequences are sections that the run has nothing for."""

    data: ReportData
    said: answer.Answer
    facts: Sequence[tuple[str, str]]
    glance: OverheadTable | None
    tables: Sequence[OverheadTable]
    parts: parts.PartTable | None
    splits: Sequence[str]
    splits_heading: str
    within: Sequence[WithinRow]
    series: Sequence[LegendNetwork]
    title: str
    overhead: Figure | None
    copied: Mapping[str, str]
    instructions: Sequence[Figure]
    stages: Sequence[stages.Stages]
    stage_figures: Sequence[Figure]
    percentiles: Sequence[Figure]
    intervals: Sequence[Figure]
    against_rate: Sequence[Figure]
    rates: Sequence[Figure]
    cpu: Sequence[Figure]
    growth: Sequence[Figure]
    grows: Sequence[GrowthRow]
    setup_nodes: Sequence[str]
    setup: Sequence[SetupRow]
    then_figures: Sequence[Figure]
    then_tables: Sequence[study_2016.PublishedLoad]
    racks: Sequence[Figure]
    paths: Sequence[PathCard]
    floors: Sequence[Floor]
    counters: Sequence[counters.NetworkCounters]
    instrument: Sequence[tuple[str, str]]
    rejected: Sequence[Trial]
    environment: Sequence[tuple[str, str]]
    command: str
    plan: str
    notes: Sequence[str]

    clock = counted.TITLE
    about_growth = (TITLE, NOTE, HEAD)
    blind_spots = study_2016.BLIND_SPOTS
    plain = verdicts.PLAIN
    heat_steps = HEAT_STEPS
    within_quantiles = SHOWN_QUANTILES
    beside_words = counted.BESIDE

    @property
    def beside(self) -> str:
        """The page of the run that has what this one lacks."""
        return counted.beside(self.data)

    @property
    def counted(self) -> bool:
        """Whether its clock counted instructions."""
        return self.data.counted

    @property
    def limits(self) -> Sequence[str]:
        """What testbed and clock cannot show."""
        return limits.limits(self.data)

    @property
    def about_paths(self) -> str:
        """How the paths were looked at."""
        return limits.about_paths(self.data)

    @property
    def blocks(self) -> str:
        """What blocks are called: a counted run's differ in nothing but their layout."""
        return "layouts" if self.data.counted else "blocks"

    @property
    def virtual(self) -> str:
        """Before a word for a time."""
        return "virtual " if self.data.counted else ""

    @property
    def figures(self) -> list[Figure]:
        """Every figure, for the script."""
        groups = (
            [self.overhead] if self.overhead else [],
            self.instructions,
            self.stage_figures,
            self.percentiles,
            self.intervals,
            self.against_rate,
            self.rates,
            self.cpu,
            self.growth,
            self.then_figures,
            self.racks,
        )
        return [figure for group in groups for figure in group]

    @property
    def family(self) -> int:
        """How many intervals hold together in the fullest column; 0 in a run from before they did."""
        return max((cell.family for cell in self.data.summary.cells), default=0)

    @property
    def about_intervals(self) -> str:
        """What the reader must know of the intervals in the tables."""
        said = f"Intervals of the {self.family} networks in a column hold together." if self.family > 1 else ""
        if any(cell.disagree for cell in self.data.summary.cells):
            said += " † marks cells with blocks far from the others, which have Hodges and Lehmann’s interval."
        return said

    def part_sentence(self, cost: PartCost) -> str:
        """A comparison of two networks in full."""
        return parts.sentence(cost, self.data.summary.confidence)

    def sentence(self, entry: OverheadCell) -> str:
        """A cell in full."""
        return (
            verdicts.sentence(entry.cell, self.data.summary.confidence, counted=self.data.counted)
            if entry.cell
            else "not measured"
        )
