"""Figures of everything but latency: instructions, rates and CPU time."""

from __future__ import annotations

from collections.abc import Sequence

from barewire import workloads
from barewire.records import Cell
from barewire.render import verdicts
from barewire.render.run import knees, overhead
from barewire.render.run.data import ReportData
from barewire.render.run.page.figures import BOUNDS, hint
from barewire.render.run.stages import Stages
from barewire.render.svg import palette, scales
from barewire.render.svg.figure import Figure
from barewire.render.svg.rows import Bar, Key, Mark, Rows
from barewire.results import words
from barewire.results.answer import Column
from barewire.workloads.definition.metric import HIGHER_IS_BETTER

_HEAD = ("network", "value", "unit", *BOUNDS, "verdict")


def rates(data: ReportData) -> list[Figure]:
    """One figure of bars for each metric of which more is better: maximum rate, TCP throughput, connections."""
    columns = {
        Column(c.load, c.metric, c.response_bytes): c.unit for c in data.summary.cells if c.metric in HIGHER_IS_BETTER
    }
    figures = []
    for number, (column, unit) in enumerate(columns.items()):
        if cells := _cells(data, column):
            title = rate_title(column)
            figures.append(_bars(f"rates-{number}", title[0].upper() + title[1:], cells, unit, data))
    return figures


def maxima(data: ReportData) -> list[Figure]:
    """What each network carries in an open loop, and its share of the host's, one figure a size; none without a search."""
    order = {n: i for i, n in enumerate((data.baseline, *(n.name for n in overhead.ranked(data))))}
    figures = []
    for number, size in enumerate(sorted({one.response_bytes for one in data.summary.knees})):
        own = [one for one in data.summary.knees if one.response_bytes == size]
        own.sort(key=lambda one: order.get(one.network, len(order)))
        texts = {row.network: row for row in knees.rows(data) if row.size == words.size(size)}
        bars = [
            Bar(row, 0.0, one.rate_per_s, f"{one.network}; {texts[one.network].rate}; {texts[one.network].share} of the host",
                "var(--host-bar)" if one.network == data.baseline else "var(--bar)", one.rate_low_per_s, one.rate_high_per_s)
            for row, one in enumerate(own) if not one.note
        ]  # fmt: skip
        if not bars:
            continue
        values = [
            "not found" if one.note else f"{words.value(one.rate_per_s, '1/s')}\u2002{texts[one.network].share}"
            for one in own
        ]
        most = max(max(bar.end, bar.high or 0) for bar in bars)
        names = [one.network for one in own]
        plot = Rows(names, scales.amounts(most, "1/s", ""), bars=bars, values=values, row_px=28.0)
        title = f"Maximum rate in an open loop, share of the host’s, {words.size(size)} responses"
        alt = f"{title}: {'; '.join(f'{name} {value}' for name, value in zip(names, values, strict=True))}."
        rows = [
            (
                one.network,
                one.rate_per_s,
                one.rate_low_per_s,
                one.rate_high_per_s,
                one.share,
                one.share_low,
                one.share_high,
            )
            for one in own
        ]
        head = ("network", "rate_per_s", "rate_low_per_s", "rate_high_per_s", "share", "share_low", "share_high")
        figures.append(Figure(f"maxima-{number}", title, alt, plot, head, rows))
    return figures


def instructions(data: ReportData) -> list[Figure]:
    """What was counted, one figure of bars for each load; none under a wall clock."""
    figures = []
    for number, column in enumerate(overhead.instruction_columns(data)):
        if cells := _cells(data, column):
            title = f"{words.share(column.load)}: instructions per {words.per(column.load)}"
            figures.append(_bars(f"instructions-{number}", title, cells, words.INSTRUCTIONS, data))
    return figures


def by_stage(found: Stages, number: int) -> Figure:
    """Of the `number`-th load each network's instructions as one bar, a piece a stage; stages beyond the colours are hatched."""
    names = [one.network for one in found.networks]
    bars: list[Bar] = []
    ends = [0.0] * len(names)
    for i, (stage, cells) in enumerate(found.rows):
        for row, cell in enumerate(cells):
            start, ends[row] = ends[row], ends[row] + cell.instructions
            said = (
                f"{names[row]}; {stage.name}: {words.value(cell.instructions, words.INSTRUCTIONS)}; "
                f"{words.difference(cell.difference, words.INSTRUCTIONS)} against {found.baseline}"
            )
            bars.append(Bar(row, start, ends[row], said, palette.colour(i), hatch=_hatch(i)))
    plot = Rows(
        names,
        scales.amounts(max(ends), words.INSTRUCTIONS, f"instructions of a {found.operation}"),
        bars=bars,
        values=[words.value(one.instructions, words.INSTRUCTIONS) for one in found.networks],
        keys=[Key(stage.name, palette.colour(i), "bar", hatch=_hatch(i)) for i, (stage, _) in enumerate(found.rows)],
        row_px=28.0,
    )
    title = f"{found.load}: instructions per {found.operation} by stage"
    alt = (
        f"Instructions per {found.operation} by stage of the kernel for {words.listing(names)}; "
        "the table below has the numbers."
    )
    rows = [
        (names[i], stage.name, cell.instructions, cell.difference)
        for stage, cells in found.rows
        for i, cell in enumerate(cells)
    ]
    head = ("network", "stage", "instructions", "difference")
    return Figure(f"stages-{number}", title, alt, plot, head, rows, wide=True)


def rate_title(column: Column) -> str:
    """What a rate is of."""
    size = "" if column.response_bytes is None else f", {words.size(column.response_bytes)} responses"
    workload = workloads.by_load(column.load)
    match column.metric:
        case "throughput":
            return f"TCP throughput, {workload.detail(column.load)}"
        case "connect_rate":
            how = f" ({workload.phrase})" if workload.phrase else ""
            return f"connections per second{size}{how}"
        case "packet_rate":
            return f"packets received per second, {words.size(column.response_bytes)} each"
        case _:
            return f"maximum request rate{size}"


def cpu(data: ReportData) -> list[Figure]:
    """CPU time per request by network, with a mark for each load; one figure a size."""
    found = [c for c in data.summary.cells if c.metric == "cpu_per_request"]
    figures = []
    for number, size in enumerate(sorted({c.response_bytes for c in found}, key=lambda s: s or 0)):
        loads = list(dict.fromkeys(c.load for c in found if c.response_bytes == size))
        by_load = {load: _cells(data, Column(load, "cpu_per_request", size)) for load in loads}
        if not any(by_load.values()):
            continue
        names = [n for n in (data.baseline, *(n.name for n in overhead.ranked(data)))
                 if any(c.network == n for cells in by_load.values() for c in cells)]  # fmt: skip
        # Marks of several loads stand a little apart: they often fall on one another.
        marks = [
            Mark(names.index(c.network), c.value or 0, f"{words.share(load)}, {hint(c, data)}", colour=palette.mark(i),
                 shape=palette.shape(i), offset=(i - (len(loads) - 1) / 2) * 0.2)
            for i, (load, cells) in enumerate(by_load.items()) for c in cells
        ]  # fmt: skip
        plot = Rows(
            names,
            scales.amounts(max(m.value for m in marks), "ns", "CPU time per request"),
            marks,
            keys=[Key(words.share(load), palette.mark(i), palette.shape(i)) for i, load in enumerate(loads)],
            row_px=34.0,
        )
        alt = f"CPU time per request, responses of {words.size(size)}, for {words.listing(names)}."
        rows = [(c.network, load, c.value) for load, cells in by_load.items() for c in cells]
        figures.append(
            Figure(
                f"cpu-{number}",
                f"{words.size(size)} responses",
                alt,
                plot,
                ("network", "load", "cpu_ns_per_request"),
                rows,
            )
        )
    return figures


def _cells(data: ReportData, column: Column) -> list[Cell]:
    names = [data.baseline, *(n.name for n in overhead.ranked(data))]
    found = (data.cell(n, column.load, column.metric, column.response_bytes, column.quantile) for n in names)
    return [c for c in found if c and c.value is not None]


def _bars(id: str, title: str, cells: Sequence[Cell], unit: str, data: ReportData) -> Figure:
    """Bars with the interval of their ratio to the host, drawn around their value."""
    bars = []
    for row, c in enumerate(cells):
        value, ratio = c.value or 0, c.ratio or 1
        colour = "var(--host-bar)" if c.network == data.baseline else "var(--bar)"
        bounded = c.low is not None and c.high is not None and c.network != data.baseline
        low, high = (value * (c.low or 1) / ratio, value * (c.high or 1) / ratio) if bounded else (None, None)
        bars.append(Bar(row, 0.0, value, hint(c, data), colour, low, high))
    most = max(bound for bar in bars for bound in (bar.end, bar.high or 0))
    names = [c.network for c in cells]
    values = [_value(c, data) for c in cells]
    plot = Rows(names, scales.amounts(most, unit, ""), bars=bars, values=values, bold=frozenset({0}), row_px=28.0)
    alt = f"{title} for each network: {'; '.join(f'{c.network} {verdicts.cell_value(c)}' for c in cells)}."
    rows = [(c.network, c.value, c.unit, c.ratio, c.low, c.high, c.verdict) for c in cells]
    return Figure(id, title, alt, plot, _HEAD, rows)


def _value(cell: Cell, data: ReportData) -> str:
    """Words at the end of a bar: the value, the change, and of packets the share that was lost."""
    change = f"\u2002{words.overhead(cell.ratio)}" if cell.network != data.baseline and cell.ratio else ""
    lost = (
        data.cell(cell.network, cell.load, "packet_loss", cell.response_bytes) if cell.metric == "packet_rate" else None
    )
    return verdicts.cell_value(cell) + change + (f", {verdicts.cell_value(lost)} lost" if lost and lost.value else "")


def _hatch(index: int) -> int:
    """Pieces beyond the number of colours have lines, first in one direction, then in the other."""
    return index // palette.SERIES_COLOURS % 3
