"""Figures of latency: by percentile, with intervals, against rate, and beside the 2016 study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from barewire.report import loss
from barewire.report.curves import Curve
from barewire.report.data import LoadKey, ReportData
from barewire.report.study_2016 import Table
from barewire.report.writers.html import axes
from barewire.report.writers.html.axes import Spec
from barewire.runs import words
from barewire.runs.records import Cell

ROW_PX, FRAME_PX = 34, 84
_INTERVAL_ROW_PX = 42

INTERVAL_QUANTILES = (0.5, 0.99, 0.999)
_CHANGE = "change of latency against the host"
_OFFSETS = (-0.25, 0.0, 0.25)

Point = tuple[float, float, float, float, str]
"""Where in a row, a ratio, its bounds, and what is said of it when it is pointed at."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What the page needs of a figure; `alt` is what it shows, in words, for those who do not see it."""

    id: str
    title: str
    alt: str
    height_px: int
    traces: Sequence[Spec]
    layout: Spec
    classes: str = field(default="")

    @property
    def spec(self) -> Spec:
        """As the script reads it."""
        return {"traces": list(self.traces), "layout": self.layout}


def index_of(data: ReportData) -> Mapping[str, int | None]:
    """Each network's place in the plan, which is its colour; None is the host."""
    others = [n.name for n in data.networks if n.name != data.baseline]
    return {data.baseline: None, **{name: i for i, name in enumerate(others)}}


def percentile_curves(data: ReportData, curves: Sequence[Curve]) -> list[Figure]:
    """One figure for each load and size; all sizes' figures have the same axes, so that they compare."""
    index = index_of(data)
    figures = []
    for number, key in enumerate(data.rate_loads):
        same_size = [c for c in curves if c.response_bytes == key.response_bytes]
        own = [c for c in same_size if c.load == key.load]
        if not own:
            continue
        traces = [trace for c in own for trace in _curve(c, index.get(c.network))]
        y = axes.durations((v for c in same_size for v in (c.latencies_ns[0], c.latencies_ns[-1])), "latency")
        figures.append(
            Figure(
                f"percentiles-{number}",
                _load_title(key),
                f"Latency by percentile for {words.listing([c.network for c in own])}, {_load_title(key)}. "
                "The loss tables have the same percentiles as numbers.",
                360,
                traces,
                axes.layout(axes.nines(c.samples for c in same_size), y),
            )
        )
    return figures


def intervals(data: ReportData) -> list[Figure]:
    """Loss with its interval at the median and in the tail, one figure for each load and size."""
    names = [n.name for n in loss.ranked(data)]
    figures = []
    for number, key in enumerate(data.rate_loads):
        every = [[_cell(data, name, key, q) for name in names] for q in INTERVAL_QUANTILES]
        if not any(c and c.low for line in every for c in line):
            continue
        traces, seen = [], []
        for i, quantile in enumerate(INTERVAL_QUANTILES):
            line = [(y, c) for y, c in enumerate(every[i]) if c and c.ratio and c.low and c.high]
            floor = data.floors.get((key.load, key.response_bytes, "latency", quantile))
            points = [(y + _OFFSETS[i], c.ratio or 1, c.low or 1, c.high or 1, _hover(c, data)) for y, c in line]
            if floor and floor.ratio and floor.ratio_low and floor.ratio_high:
                bounds = words.interval(floor.ratio_low, floor.ratio_high)
                said = f"host against host, {words.quantile(quantile)}<br>{words.loss(floor.ratio)} [{bounds}]"
                points.append((len(names) + _OFFSETS[i], floor.ratio, floor.ratio_low, floor.ratio_high, said))
            seen += [bound for p in points for bound in p[1:4]]
            traces.append(marks(points, words.quantile(quantile), *axes.mark(i)))
        shapes = [axes.host_line()]
        floor = data.floors.get((key.load, key.response_bytes, "latency", 0.5))
        if floor and floor.floor and floor.floor > 1:
            shapes.insert(0, axes.band(floor.floor))
        rows = [*names, "host vs. host"]
        figures.append(
            Figure(
                f"intervals-{number}", _load_title(key),
                f"Loss against the host with intervals at p50, p99 and p99.9 for {words.listing(names)}, "
                f"{_load_title(key)}. The loss tables have the same numbers.",
                FRAME_PX + 30 + _INTERVAL_ROW_PX * len(rows), traces,
                axes.marked(axes.losses(seen, _CHANGE), rows, shapes=shapes),
            )
        )  # fmt: skip
    return figures


def against_rate(data: ReportData) -> list[Figure]:
    """Latency against the offered rate, for the median and p99 of each size."""
    index = index_of(data)
    names = [data.baseline, *(n.name for n in loss.ranked(data))]
    figures = []
    for number, (size, quantile) in enumerate((s, q) for s in data.sizes for q in (0.5, 0.99)):
        keys = [k for k in data.rate_loads if k.response_bytes == size and k.offered_per_s]
        lines = {name: [c for k in keys if (c := _cell(data, name, k, quantile)) and c.value] for name in names}
        values = [c.value or 1 for cells in lines.values() for c in cells]
        if not values or len(keys) < 2:
            continue
        traces = [_rate_line(name, cells, index.get(name), data) for name, cells in lines.items() if cells]
        title = f"{words.quantile(quantile)}, {words.size(size)} answers"
        most = max(k.offered_per_s or 0 for k in keys)
        x = axes.amounts(most, "1/s", "offered requests")
        figures.append(
            Figure(
                f"rate-{number}", title,
                f"Latency at {words.quantile(quantile)} against the offered rate, answers of {words.size(size)}, "
                f"for {words.listing(names)}.",
                340, traces, axes.layout(x, axes.durations(values, "latency")),
            )
        )  # fmt: skip
    return figures


def beside_2016(data: ReportData, tables: Sequence[Table]) -> list[Figure]:
    """The range of the 2016 study's loss and the measured one with its interval, at p95 and p99."""
    figures = []
    for number, table in enumerate(tables):
        rows: list[str] = []
        then, now = [], []
        for line in table.lines:
            for one in line.comparisons:
                if one.quantile not in (0.95, 0.99) or one.measured is None or not one.measured.low:
                    continue
                y = len(rows)
                rows.append(f"{line.then}, {words.quantile(one.quantile)}")
                p, cell = one.published, one.measured
                ratio = f"{words.loss(p.ratio)} [{words.interval(p.low, p.high)}]"
                said = f"2016: {p.value_ms:g} ms, host {p.host_ms:g} ms<br>{ratio}"
                then.append((y - 0.14, p.ratio, p.low, p.high, said))
                now.append((y + 0.14, cell.ratio or 1, cell.low or 1, cell.high or 1, _hover(cell, data)))
        if not rows:
            continue
        seen = [bound for p in (*then, *now) for bound in p[1:4]]
        figures.append(
            Figure(
                f"study-2016-{number}", table.title,
                f"The 2016 study's loss beside the measured one at p95 and p99, {table.title}. "
                "The table below has the numbers.",
                FRAME_PX + 30 + ROW_PX * len(rows),
                [
                    marks(then, "2016 (range of its rounding)", "square-open", "var(--muted)"),
                    marks(now, "here", "circle", "var(--mark-0)"),
                ],
                axes.marked(axes.losses(seen, _CHANGE), rows, shapes=[axes.host_line()]),
            )
        )  # fmt: skip
    return figures


def _curve(curve: Curve, index: int | None) -> Iterable[Spec]:
    """Solid as far as the samples support it, thin and dotted from there to the maximum."""
    xs = [1 / (1 - q) for q in curve.quantiles]
    said = [
        f"{words.quantile(round(q, 7))}: {words.value(v, 'ns')}"
        for q, v in zip(curve.quantiles, curve.latencies_ns, strict=True)
    ]
    said[-1] = f"max of {words.count(curve.samples, 'sample')}: {words.value(curve.latencies_ns[-1], 'ns')}"
    cut = sum(q <= curve.supported for q in curve.quantiles)
    line = {"color": axes.colour(index), "dash": axes.dash(index), "width": 2.5 if index is None else 2}
    for part, look in ((slice(0, cut), line), (slice(max(cut - 1, 0), None), {**line, "dash": "dot", "width": 1})):
        yield {
            "type": "scatter", "mode": "lines", "name": axes.plain(curve.network), "meta": curve.network,
            "x": [_short(x) for x in xs[part]], "y": list(curve.latencies_ns[part]), "text": said[part], "line": look,
            "hovertemplate": f"<b>{axes.plain(curve.network)}</b><br>%{{text}}<extra></extra>",
        }  # fmt: skip


def _rate_line(name: str, cells: Sequence[Cell], index: int | None, data: ReportData) -> Spec:
    # A network that fell short of the offered rate is drawn hollow: its latencies are those of a smaller load.
    short = [c.achieved_share is not None and c.achieved_share < 0.99 for c in cells]
    return {
        "type": "scatter", "mode": "lines+markers", "name": axes.plain(name), "meta": name,
        "x": [c.offered_per_s for c in cells], "y": [c.value for c in cells], "text": [_hover(c, data) for c in cells],
        "line": {"color": axes.colour(index), "dash": axes.dash(index), "width": 2.5 if index is None else 2},
        "marker": {"size": 7, "symbol": [axes.symbol(index) + ("-open" if s else "") for s in short]},
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def marks(found: Sequence[Point], name: str, symbol: str, colour: str) -> Spec:
    """One mark a point with its interval; `name` is in the legend."""
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": [p[1] for p in found], "y": [p[0] for p in found],
        "error_x": {"type": "data", "symmetric": False, "array": [p[3] - p[1] for p in found],
                    "arrayminus": [p[1] - p[2] for p in found], "thickness": 1.6, "width": 3, "color": colour},
        "marker": {"symbol": symbol, "size": 8, "color": colour}, "text": [p[4] for p in found],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _hover(cell: Cell, data: ReportData) -> str:
    said = [
        axes.plain(part) for part in words.sentence(cell, data.summary.confidence, counted=data.counted).split("; ")
    ]
    return f"<b>{axes.plain(cell.network)}</b>, {words.quantile(cell.quantile or 0)}<br>" + "<br>".join(said)


def _cell(data: ReportData, name: str, key: LoadKey, quantile: float) -> Cell | None:
    return data.cell(name, key.load, "latency", key.response_bytes, quantile)


def _load_title(key: LoadKey) -> str:
    rate = f" ({words.value(key.offered_per_s, '1/s')})" if key.offered_per_s else ""
    return f"{words.share(key.load)} of the host’s maximum{rate}, {words.size(key.response_bytes)} answers"


def _short(x: float) -> Any:
    return float(f"{x:.6g}")
