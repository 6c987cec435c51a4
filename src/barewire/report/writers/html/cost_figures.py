"""Figures of everything but latency: instructions, rates, CPU time, and how setup grows with the cluster."""

from __future__ import annotations

from collections.abc import Sequence

from barewire.report import loss
from barewire.report.data import RATE_METRICS, ReportData
from barewire.report.loss import Column
from barewire.report.stages import Stages
from barewire.report.writers.html import axes
from barewire.report.writers.html.axes import Spec
from barewire.report.writers.html.figures import FRAME_PX, ROW_PX, Figure, index_of
from barewire.runs import words
from barewire.runs.records import Cell

_HATCHES = ("", "/", "x")


def rates(data: ReportData) -> list[Figure]:
    """One figure of bars for each metric of which more is better: maximum rate, bulk throughput, connections."""
    columns = {
        Column(c.load, c.metric, c.response_bytes): c.unit for c in data.summary.cells if c.metric in RATE_METRICS
    }
    figures = []
    for number, (column, unit) in enumerate(columns.items()):
        cells = _cells(data, column)
        if not cells:
            continue
        title = rate_title(column)
        most = max((c.value or 0) * max((c.high or 1) / (c.ratio or 1), 1) for c in cells)
        names = [c.network for c in cells]
        figures.append(
            Figure(
                f"rates-{number}", title[0].upper() + title[1:],
                f"{title[0].upper()}{title[1:]} for each network: {_spoken(cells)}.",
                FRAME_PX + ROW_PX * len(names), [_bars(cells, data)],
                axes.layout(axes.amounts(most, unit, ""), axes.rows(names), bargap=0.35),
            )
        )  # fmt: skip
    return figures


def instructions(data: ReportData) -> list[Figure]:
    """What was counted, one figure of bars for each load; none under a wall clock."""
    figures = []
    for number, column in enumerate(loss.instruction_columns(data)):
        cells = _cells(data, column)
        if not cells:
            continue
        title = f"{words.share(column.load)}: instructions per {words.per(column.load)}"
        most = max((c.value or 0) * max((c.high or 1) / (c.ratio or 1), 1) for c in cells)
        names = [c.network for c in cells]
        figures.append(
            Figure(
                f"instructions-{number}", title, f"{title}, for each network: {_spoken(cells)}.",
                FRAME_PX + ROW_PX * len(names), [_bars(cells, data)],
                axes.layout(axes.amounts(most, words.INSTRUCTIONS, ""), axes.rows(names), bargap=0.35),
            )
        )  # fmt: skip
    return figures


def by_stage(found: Stages, number: int) -> Figure:
    """Of the `number`-th load each network's instructions as one bar, a piece a stage; stages beyond the colours are hatched."""
    names = [one.network for one in found.networks]
    traces: list[Spec] = [
        {
            "type": "bar", "orientation": "h", "name": axes.plain(stage.name), "y": list(range(len(names))),
            "x": [cell.instructions for cell in cells], "textposition": "none", "hovertemplate": "%{text}<extra></extra>",
            "text": [
                f"<b>{axes.plain(name)}</b><br>{axes.plain(stage.name)}: {words.value(cell.instructions, words.INSTRUCTIONS)}"
                f"<br>{words.difference(cell.difference, words.INSTRUCTIONS)} against {axes.plain(found.baseline)}"
                for name, cell in zip(names, cells, strict=True)
            ],
            "marker": {"color": axes.colour(i), "pattern": {"shape": _HATCHES[i // axes.SERIES_COLOURS % len(_HATCHES)]}},
        }
        for i, (stage, cells) in enumerate(found.rows)
    ]  # fmt: skip
    most = max(one.instructions for one in found.networks)
    layout = axes.marked(axes.amounts(most, words.INSTRUCTIONS, f"instructions of a {found.operation}"), names)
    # Stacked bars would have their legend read from the end of the bar to its beginning.
    layout["legend"]["traceorder"] = "normal"
    return Figure(
        f"stages-{number}", f"{found.load}: instructions per {found.operation} by stage",
        f"Instructions per {found.operation} by stage of the kernel for {words.listing(names)}; the table below has the numbers.",
        FRAME_PX + 110 + ROW_PX * len(names), traces, {**layout, "barmode": "stack", "bargap": 0.35},
    )  # fmt: skip


def rate_title(column: Column) -> str:
    """What a rate is of."""
    size = "" if column.response_bytes is None else f", {words.size(column.response_bytes)} answers"
    match column.metric:
        case "throughput":
            streams = column.load.removeprefix("bulk-")
            return f"bulk throughput, {'1 stream' if streams == '1' else f'{streams} streams'}"
        case "connect_rate":
            how = " (TCP, a request and an answer each)" if column.load == "tcp-crr" else ""
            return f"connections per second{size}{how}"
        case "packet_rate":
            return f"packets received per second, {words.size(column.response_bytes)} each"
        case _:
            return f"maximum request rate{size}"


def cpu(data: ReportData) -> list[Figure]:
    """CPU time per request by network, with a mark for each load; one figure a size."""
    figures = []
    # Marks of several loads are set a little apart: they often fall on one another.
    sizes = sorted(
        {c.response_bytes for c in data.summary.cells if c.metric == "cpu_per_request"}, key=lambda s: s or 0
    )
    for number, size in enumerate(sizes):
        loads = list(
            dict.fromkeys(
                c.load for c in data.summary.cells if (c.metric, c.response_bytes) == ("cpu_per_request", size)
            )
        )
        by_load = {load: _cells(data, Column(load, "cpu_per_request", size)) for load in loads}
        if not any(by_load.values()):
            continue
        names = [n for n in (data.baseline, *(n.name for n in loss.ranked(data)))
                 if any(c.network == n for cells in by_load.values() for c in cells)]  # fmt: skip
        most = max(c.value or 0 for cells in by_load.values() for c in cells)
        traces: list[Spec] = [
            {
                "type": "scatter", "mode": "markers", "name": words.share(load), "x": [c.value for c in cells],
                "y": [names.index(c.network) + (i - (len(loads) - 1) / 2) * 0.2 for c in cells],
                "text": [_said(c, data) for c in cells],
                "marker": {"size": 8, "symbol": axes.mark(i)[0], "color": axes.mark(i)[1]},
                "hovertemplate": f"%{{text}}<extra>{axes.plain(words.share(load))}</extra>",
            }
            for i, (load, cells) in enumerate(by_load.items())
        ]  # fmt: skip
        figures.append(
            Figure(
                f"cpu-{number}", f"{words.size(size)} answers",
                f"CPU time per request, answers of {words.size(size)}, for {words.listing(names)}.",
                FRAME_PX + 30 + ROW_PX * len(names), traces,
                axes.marked(axes.amounts(most, "ns", "CPU time per request"), names),
            )
        )  # fmt: skip
    return figures


def growth(data: ReportData) -> list[Figure]:
    """Kernel objects on each node as nodes are added; no figure without numbers."""
    index = index_of(data)
    traces: list[Spec] = []
    for network in data.networks:
        per_node = network.setup.objects_per_node if network.setup else {}
        points = sorted((int(nodes), number) for nodes, number in per_node.items() if nodes.isdecimal())
        if len(points) < 2:
            continue
        at = index.get(network.name)
        traces.append(
            {
                "type": "scatter", "mode": "lines+markers", "name": axes.plain(network.name), "meta": network.name,
                "x": [p[0] for p in points], "y": [p[1] for p in points],
                "line": {"color": axes.colour(at), "dash": axes.dash(at), "width": 2},
                "marker": {"size": 7, "symbol": axes.symbol(at)},
                "hovertemplate": f"<b>{axes.plain(network.name)}</b><br>%{{x}} nodes: %{{y}} objects on each"
                                 "<extra></extra>",
            }
        )  # fmt: skip
    if not traces:
        return []
    nodes = sorted({x for trace in traces for x in trace["x"]})
    most = max(y for trace in traces for y in trace["y"])
    layout = axes.layout(
        axes.axis("nodes in the cluster", tickvals=nodes, range=[0, nodes[-1] * 1.05]),
        axes.axis("kernel objects on each node", range=[-most * 0.03, most * 1.06 or 1]),
    )
    alt = "Kernel objects on each node against the number of nodes; the table of setup cost has the numbers."
    return [Figure("growth", "Kernel objects on each node as the cluster grows", alt, 340, traces, layout)]


def _cells(data: ReportData, column: Column) -> list[Cell]:
    names = [data.baseline, *(n.name for n in loss.ranked(data))]
    found = (data.cell(n, column.load, column.metric, column.response_bytes, column.quantile) for n in names)
    return [c for c in found if c and c.value is not None]


def _bars(cells: Sequence[Cell], data: ReportData) -> Spec:
    """Bars with the interval of their ratio to the host, drawn around their value."""
    above = [(c.value or 0) * ((c.high or c.ratio or 1) / (c.ratio or 1) - 1) for c in cells]
    below = [(c.value or 0) * (1 - (c.low or c.ratio or 1) / (c.ratio or 1)) for c in cells]
    return {
        "type": "bar", "orientation": "h", "x": [c.value for c in cells], "y": list(range(len(cells))),
        "text": [_said(c, data) for c in cells], "textposition": "none", "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": ["var(--host-bar)" if c.network == data.baseline else "var(--bar)" for c in cells]},
        "error_x": {"type": "data", "symmetric": False, "array": above, "arrayminus": below,
                    "thickness": 1.6, "width": 4, "color": "var(--ink)"},
    }  # fmt: skip


def _said(cell: Cell, data: ReportData) -> str:
    said = [
        axes.plain(part) for part in words.sentence(cell, data.summary.confidence, counted=data.counted).split("; ")
    ]
    return f"<b>{axes.plain(cell.network)}</b><br>" + "<br>".join(said)


def _spoken(cells: Sequence[Cell]) -> str:
    return "; ".join(f"{c.network} {words.value(c.value, c.unit)}" for c in cells)
