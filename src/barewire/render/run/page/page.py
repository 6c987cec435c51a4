"""Gather everything that the page of a run shows: which sections there are and what stands in them."""

from __future__ import annotations

from collections.abc import Sequence

from barewire import workloads
from barewire.records import NetworkRecord
from barewire.render.run import answer, counters, curves, growth, overhead, parts, picture, rules, stages, study_2016
from barewire.render.run.data import LatencyLoad, ReportData
from barewire.render.run.formats import markdown
from barewire.render.run.overhead import OverheadCell
from barewire.render.run.page import cost_figures, drawing, figures, growth_figures, racks
from barewire.render.run.page.content import LegendNetwork, OverheadTable, PathCard, RunPage, SetupRow, WithinRow
from barewire.render.run.page.recorded import facts, instrument_facts, rows_of, toml
from barewire.render.svg import palette
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES
from barewire.results.answer import Column

_OPEN_PATHS = 3


def page(data: ReportData) -> RunPage:
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
    return RunPage(
        data=data,
        said=answer.answer(data),
        facts=facts(data),
        glance=glance,
        tables=_latency_tables(data),
        parts=parts.table(data),
        splits=[rules.sentence(split) for split in rules.splits(data)],
        splits_heading=rules.heading(data),
        within=_within(data, measured) if key else [],
        series=[LegendNetwork(n, index.get(n), palette.dash(index.get(n))) for n in measured],
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
        growth=[*growth_figures.objects(data), *growth_figures.joins(data)],
        grows=growth.rows(data),
        setup_nodes=nodes,
        setup=[_setup_row(data, n, nodes) for n in data.networks if n.setup],
        then_figures=figures.beside_2016(data, then),
        then_tables=then,
        racks=[found] if (found := racks.figure(data)) else [],
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


def _is_first(metric: str, load: str, key: LatencyLoad) -> bool:
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
    if network.program is not None:
        kinds = "not counted: a program makes them"
    return SetupRow(network, OverheadCell(cell), counts, kinds)


def _paths(data: ReportData, measured: Sequence[str]) -> list[PathCard]:
    cards = []
    worst = overhead.worst(data)
    for name in measured:
        # A trial that was rejected has been proved as well; on a busy machine a network may have no other.
        trials = (*data.valid(name), *(trial for trial in data.trials if trial.network == name))
        proof = next((trial.proof for trial in trials if trial.proof), None)
        if proof and (proof.claims or proof.path.forward):
            opened = len(measured) <= _OPEN_PATHS or name in (worst, measured[1])
            cards.append(PathCard(name, proof, drawing.draw(proof.path.forward), opened))
    return cards
