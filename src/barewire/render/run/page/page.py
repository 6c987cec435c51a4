"""Everything that the page shows, as plain data for the template: which sections there are and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from barewire import workloads
from barewire.render import verdicts
from barewire.render.run import answer, counted, counters, curves, overhead, parts, picture, rules, stages, study_2016
from barewire.render.run.data import LoadKey, ReportData
from barewire.render.run.formats import markdown
from barewire.render.run.overhead import HEAT_STEPS, Column, Entry, Row
from barewire.render.run.page import cost_figures, drawing, figures
from barewire.render.run.page.drawing import Drawing
from barewire.render.run.page.recorded import facts, instrument_facts, rows_of, toml
from barewire.render.svg import palette
from barewire.render.svg.figure import Figure
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES
from barewire.results.records import Floor, NetworkRecord, PartCost, ProofRecord, Trial

_OPEN_PATHS = 3

LIMITS = (
    "Nodes are namespaces on one machine: no network card, cable or switch, so none of their cost and offloads.",
    "Both nodes share the machine’s CPUs and caches: what the sender uses, the receiver lacks.",
    "The clock is this machine’s wall clock; other users of it show as noise, in the noise floor and in steal time.",
    "The router of flannel/aws-vpc is a namespace that plays the VPC’s: software, and part of what that network costs.",
    "No network policy was in force. docker and flannel put NAT and forward rules on their nodes, other networks put none.",
)


@dataclass(frozen=True, slots=True)
class OverheadTable:
    """A table of overheads with its heading; `about` says what its cells are."""

    id: str
    title: str
    titles: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Series:
    """A network in the legend: its colour (None for the host) and dash."""

    name: str
    colour: int | None
    dash: str


@dataclass(frozen=True, slots=True)
class SetupRow:
    """What a network asks for before the first packet; texts are ready to show."""

    network: NetworkRecord
    built: Entry
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
class Page:
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
    series: Sequence[Series]
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
    setup_nodes: Sequence[str]
    setup: Sequence[SetupRow]
    then_figures: Sequence[Figure]
    then_tables: Sequence[study_2016.PublishedLoad]
    paths: Sequence[PathCard]
    floors: Sequence[Floor]
    counters: Sequence[counters.Counters]
    instrument: Sequence[tuple[str, str]]
    rejected: Sequence[Trial]
    environment: Sequence[tuple[str, str]]
    command: str
    plan: str
    notes: Sequence[str]

    clock = counted.TITLE
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
        """What place and clock cannot show."""
        return limits(self.data)

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

    def sentence(self, entry: Entry) -> str:
        """A cell in full."""
        return (
            verdicts.sentence(entry.cell, self.data.summary.confidence, counted=self.data.counted)
            if entry.cell
            else "not measured"
        )


def limits(data: ReportData) -> Sequence[str]:
    """What the place and the clock of a run cannot show."""
    if data.counted:
        return counted.LIMITS
    vm = counted.in_a_vm(data)
    return (vm, *LIMITS) if vm else LIMITS


def page(data: ReportData) -> Page:
    """Gather the page from a run."""
    read = curves.read(data)
    explained, amiss = stages.read(data)
    key = overhead.answer_load(data)
    # Its figures are wall time: virtual time beside them would look comparable.
    then = () if data.counted else study_2016.compare(data)
    index = figures.index_of(data)
    measured = [data.baseline, *(n.name for n in overhead.ranked(data))]
    nodes = sorted({n for w in data.networks if w.setup for n in w.setup.objects_per_node if n.isdecimal()}, key=int)
    glance = _glance(data) if overhead.answer_column(data) else None
    return Page(
        data=data,
        said=answer.answer(data),
        facts=facts(data),
        glance=glance,
        tables=_latency_tables(data),
        parts=parts.table(data),
        splits=[rules.sentence(split) for split in rules.splits(data)],
        splits_heading=rules.heading(data),
        within=_within(data, measured) if key else [],
        series=[Series(n, index.get(n), palette.dash(index.get(n))) for n in measured],
        title=picture.title(data),
        overhead=picture.overhead_figure(data),
        copied={glance.id: markdown.render(data)} if glance else {},
        instructions=cost_figures.instructions(data),
        stages=explained,
        stage_figures=[cost_figures.by_stage(found, number) for number, found in enumerate(explained)],
        percentiles=figures.percentile_curves(data, read.curves),
        intervals=figures.intervals(data),
        against_rate=figures.against_rate(data),
        rates=[*cost_figures.maxima(data), *cost_figures.rates(data)],
        cpu=cost_figures.cpu(data),
        growth=cost_figures.growth(data),
        setup_nodes=nodes,
        setup=[_setup_row(data, n, nodes) for n in data.networks if n.setup],
        then_figures=figures.beside_2016(data, then),
        then_tables=then,
        paths=_paths(data, measured),
        floors=data.summary.noise_floor,
        counters=[c for name in measured if (c := counters.count(data, name)).trials],
        instrument=instrument_facts(data),
        rejected=data.rejected,
        environment=[*rows_of(data.run.environment)],
        command=answer.repeat_command(data),
        plan=toml(data.run.plan),
        notes=(*data.notes, *read.notes, *amiss),
    )


def _within(data: ReportData, measured: Sequence[str]) -> list[WithinRow]:
    key = overhead.answer_load(data)
    assert key is not None
    rows = []
    for name in measured:
        cells = [data.cell(name, key.load, "latency", key.response_bytes, q) for q in SHOWN_QUANTILES]
        known = [cell for cell in cells if cell]
        if any(cell.inefficiency is not None or cell.stationary is not None for cell in known):
            worth = [cell.inefficiency if cell else None for cell in cells]
            rows.append(WithinRow(name, known[0].samples or 0, worth, known[0].stationary))
    return rows


def _glance(data: ReportData) -> OverheadTable:
    key = overhead.answer_load(data)
    size = key.response_bytes if key else None
    latencies = [c for c in overhead.latency_columns(data, key) if c.quantile in SHOWN_QUANTILES] if key else []
    if data.counted:
        latencies = [*overhead.comparable(data, latencies)]
    columns = [*overhead.instruction_columns(data), *latencies]
    titles = [
        *(f"{words.share(c.load)}\nper {words.per(c.load)}" for c in overhead.instruction_columns(data)),
        *(f"latency {words.quantile(c.quantile or 0)}" for c in latencies),
    ]
    seen = dict.fromkeys((c.metric, c.load, c.response_bytes) for c in data.summary.cells)
    for metric, title in (_SHORT if key else _SHORT_WITHOUT_LATENCY).items():
        for found, load, cell_size in seen:
            if found != metric or (key and not (cell_size in (size, None) and _is_first(metric, load, key))):
                continue
            columns.append(Column(load, metric, cell_size))
            titles.append(f"TCP, {workloads.by_load(load).detail(load)}" if metric == "throughput" else title)
    if key is None:
        return OverheadTable("glance", "Change against the host", titles, overhead.rows(data, tuple(columns)))
    title = f"{'With' if key.sequential else 'At'} {_typeset(key.where)}, responses of {words.size(size)}"
    if data.counted:
        title = f"Instructions; and in virtual time, {title[0].lower()}{title[1:]}"
    return OverheadTable("glance", title, titles, overhead.rows(data, tuple(columns)))


def _is_first(metric: str, load: str, key: LoadKey) -> bool:
    """Whether a metric of this load stands beside the answer's: one load for each title."""
    workload = workloads.by_load(load)
    return load == key.load if metric == "cpu_per_request" else workload.is_first(load) and not workload.column


_SHORT = {
    "request_rate": "closed loop",
    "throughput": "TCP",
    "connect_rate": "connections",
    "cpu_per_request": "CPU/request",
}
_SHORT_WITHOUT_LATENCY = _SHORT | {"packet_rate": "packets", "packet_loss": "packets lost"}


def _latency_tables(data: ReportData) -> list[OverheadTable]:
    """A table for each load with latencies; the kernel's stamps have one of their own beside it."""
    measured = {(c.load, c.response_bytes, c.metric) for c in data.summary.cells}
    tables: list[OverheadTable] = []
    for key in (*data.rate_loads, *data.sequential_loads):
        rate = f" ({words.value(key.offered_per_s, '1/s')})" if key.offered_per_s else ""
        about = f"{_typeset(key.where)}{rate}, {words.size(key.response_bytes)} responses"
        for metric, name in (("latency", ""), ("wire_latency", ", on the wire")):
            if (key.load, key.response_bytes, metric) in measured:
                columns = overhead.latency_columns(data, key, metric)
                titles = [words.quantile(c.quantile or 0) for c in columns]
                tables.append(OverheadTable(f"loss-{len(tables)}", about + name, titles, overhead.rows(data, columns)))
    return tables


def _typeset(text: str) -> str:
    return text.replace("'", "’")


def _setup_row(data: ReportData, network: NetworkRecord, nodes: Sequence[str]) -> SetupRow:
    setup = network.setup
    assert setup is not None
    cell = data.cell(network.name, "setup", "setup_time")
    kinds = ", ".join(f"{number:g} {kind}" for kind, number in setup.objects_by_kind.items() if number)
    counts = [f"{setup.objects_per_node[n]:g}" if n in setup.objects_per_node else words.NOTHING for n in nodes]
    return SetupRow(network, Entry(cell), counts, kinds)


def _paths(data: ReportData, measured: Sequence[str]) -> list[PathCard]:
    cards = []
    worst = overhead.worst(data)
    for name in measured:
        proof = next((t.proof for t in data.valid(name) if t.proof), None)
        if proof and (proof.claims or proof.path.forward):
            opened = len(measured) <= _OPEN_PATHS or name in (worst, measured[1])
            cards.append(PathCard(name, proof, drawing.draw(proof.path.forward), opened))
    return cards
