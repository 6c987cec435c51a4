"""Figures of latency: by percentile, with intervals, against rate, and beside the 2016 study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from barewire.records import Cell
from barewire.render import verdicts
from barewire.render.run import overhead
from barewire.render.run.curves import Curve
from barewire.render.run.data import LatencyLoad, ReportData
from barewire.render.run.study_2016 import PublishedLoad
from barewire.render.svg import palette, scales
from barewire.render.svg.figure import Figure
from barewire.render.svg.lines import Line, Lines
from barewire.render.svg.rows import Key, Mark, Rows
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES

BOUNDS = ("ratio", "ratio_low", "ratio_high")
_CHANGE = "change of latency against the host"
_OFFSETS = (-0.26, 0.0, 0.26)
_ROW_PX, _INTERVAL_ROW_PX = 32.0, 42.0
_HINT_QUANTILES = (0.5, 0.9, 0.99, 0.999, 0.9999)
"""Read from a whole curve, so also those that no cell is about."""


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
        y = scales.durations((v for c in same_size for v in (c.latencies_ns[0], c.latencies_ns[-1])), "latency")
        alt = (
            f"Latency by percentile for {words.listing([c.network for c in own])}, {load_title(key)}. "
            "The overhead tables have the same percentiles as numbers."
        )
        plot = Lines(scales.nines(c.samples for c in same_size), y, [_curve(c, index.get(c.network)) for c in own], 370)
        rows = [(c.network, q, v, c.samples) for c in own for q, v in zip(c.quantiles, c.latencies_ns, strict=True)]
        head = ("network", "quantile", "latency_ns", "samples")
        figures.append(Figure(f"percentiles-{number}", load_title(key), alt, plot, head, rows))
    return figures


def intervals(data: ReportData) -> list[Figure]:
    """Overhead with its interval at the median and in the tail, one figure for each load and size."""
    names = [n.name for n in overhead.ranked(data)]
    figures = []
    for number, key in enumerate(data.rate_loads):
        marks: list[Mark] = []
        rows: list[tuple[object, ...]] = []
        for i, quantile in enumerate(SHOWN_QUANTILES):
            look = {"colour": palette.mark(i), "shape": palette.shape(i), "offset": _OFFSETS[i]}
            for row, name in enumerate(names):
                cell = _cell(data, name, key, quantile)
                if cell and cell.ratio and cell.low and cell.high:
                    marks.append(Mark(row, cell.ratio, hint(cell, data), cell.low, cell.high, **look))  # type: ignore[arg-type]
                    rows.append((name, quantile, cell.ratio, cell.low, cell.high, cell.verdict))
            floor = data.floors.get((key.load, key.response_bytes, "latency", quantile))
            if floor and floor.ratio and floor.ratio_low and floor.ratio_high:
                bounds = words.interval(floor.ratio_low, floor.ratio_high)
                said = f"host against host, {words.quantile(quantile)}; {words.overhead(floor.ratio)} [{bounds}]"
                ends = (floor.ratio_low, floor.ratio_high)
                marks.append(Mark(len(names), floor.ratio, said, *ends, **look))  # type: ignore[arg-type]
                rows.append(("host against host", quantile, floor.ratio, *ends, ""))
        if not any(mark.row < len(names) for mark in marks):
            continue
        floor = data.floors.get((key.load, key.response_bytes, "latency", 0.5))
        plot = Rows(
            [*names, "host vs. host"],
            scales.overheads(_bounds(marks), _CHANGE),
            marks,
            keys=[Key(words.quantile(q), palette.mark(i), palette.shape(i)) for i, q in enumerate(SHOWN_QUANTILES)],
            zero=1.0,
            band=floor.floor if floor else None,
            row_px=_INTERVAL_ROW_PX,
        )
        alt = (
            f"Overhead against the host with intervals at p50, p99 and p99.9 for {words.listing(names)}, "
            f"{load_title(key)}. The overhead tables have the same numbers."
        )
        head = ("network", "quantile", *BOUNDS, "verdict")
        figures.append(Figure(f"intervals-{number}", load_title(key), alt, plot, head, rows))
    return figures


def against_rate(data: ReportData) -> list[Figure]:
    """Latency against the offered rate, for the median and p99 of each size."""
    index = index_of(data)
    names = [data.baseline, *(n.name for n in overhead.ranked(data))]
    figures = []
    for number, (size, quantile) in enumerate((s, q) for s in data.sizes for q in SHOWN_QUANTILES[:2]):
        keys = [k for k in data.rate_loads if k.response_bytes == size and k.offered_per_s]
        lines = {name: [c for k in keys if (c := _cell(data, name, k, quantile)) and c.value] for name in names}
        values = [c.value or 1 for cells in lines.values() for c in cells]
        if not values or len(keys) < 2:
            continue
        title = f"{words.quantile(quantile)}, {words.size(size)} responses"
        x = scales.amounts(max(k.offered_per_s or 0 for k in keys), "1/s", "offered requests")
        drawn = [_rate_line(name, cells, index.get(name)) for name, cells in lines.items() if cells]
        alt = (
            f"Latency at {words.quantile(quantile)} against the offered rate, responses of {words.size(size)}, "
            f"for {words.listing(names)}."
        )
        rows = [(n, c.offered_per_s, c.value, c.achieved_share) for n, cells in lines.items() for c in cells]
        head = ("network", "offered_per_s", "latency_ns", "achieved_share")
        plot = Lines(x, scales.durations(values, "latency"), drawn, 350)
        figures.append(Figure(f"rate-{number}", title, alt, plot, head, rows))
    return figures


def beside_2016(data: ReportData, tables: Sequence[PublishedLoad]) -> list[Figure]:
    """The range of the 2016 study's overhead and the measured one with its interval, at p95 and p99."""
    figures = []
    for number, table in enumerate(tables):
        names: list[str] = []
        marks: list[Mark] = []
        rows: list[tuple[object, ...]] = []
        for line in table.lines:
            for one in line.comparisons:
                cell = one.measured
                if one.quantile not in (0.95, 0.99) or cell is None or not (cell.ratio and cell.low and cell.high):
                    continue
                row, p = len(names), one.published
                names.append(f"{line.then}, {words.quantile(one.quantile)}")
                change = f"{words.overhead(p.ratio)} [{words.interval(p.low, p.high)}]"
                said = f"2016: {p.value_ms:g} ms, host {p.host_ms:g} ms; {change}"
                marks.append(Mark(row, p.ratio, said, p.low, p.high, "var(--muted)", "square", -0.16, hollow=True))
                marks.append(Mark(row, cell.ratio, hint(cell, data), cell.low, cell.high, palette.mark(0), offset=0.16))
                rows.append((line.then, one.quantile, p.ratio, p.low, p.high, cell.ratio, cell.low, cell.high))
        if not names:
            continue
        keys = [
            Key("2016 (range of its rounding)", "var(--muted)", "square", hollow=True),
            Key("here", palette.mark(0), "circle"),
        ]
        plot = Rows(names, scales.overheads(_bounds(marks), _CHANGE), marks, keys=keys, zero=1.0, row_px=_ROW_PX)
        alt = (
            f"The 2016 study's overhead beside the measured one at p95 and p99, {table.title}. "
            "The table below has the numbers."
        )
        head = ("network", "quantile", *(f"{bound}_2016" for bound in BOUNDS), *BOUNDS)
        figures.append(Figure(f"study-2016-{number}", table.title, alt, plot, head, rows))
    return figures


def hint(cell: Cell, data: ReportData) -> str:
    """What pointing at a cell's mark shows; its parts are joined by `; `."""
    quantile = f", {words.quantile(cell.quantile)}" if cell.quantile is not None else ""
    return f"{cell.network}{quantile}; {verdicts.sentence(cell, data.summary.confidence, counted=data.counted)}"


def load_title(key: LatencyLoad) -> str:
    """A load as the title of its figure."""
    rate = f" ({words.value(key.offered_per_s, '1/s')})" if key.offered_per_s else ""
    return f"{key.where}{rate}, {words.size(key.response_bytes)} responses".replace("'", "’")


def _curve(curve: Curve, index: int | None) -> Line:
    """Solid as far as the samples support it, thin and dotted from there to the maximum."""
    points = [(1 / (1 - q), float(v)) for q, v in zip(curve.quantiles, curve.latencies_ns, strict=True)]
    said = [curve.network]
    for wanted in _HINT_QUANTILES:
        near = min(range(len(points)), key=lambda i: abs(curve.quantiles[i] - wanted))
        if wanted <= curve.supported:
            said.append(f"{words.quantile(wanted)}: {words.value(curve.latencies_ns[near], 'ns')}")
    said.append(f"max of {words.count(curve.samples, 'sample')}: {words.value(curve.latencies_ns[-1], 'ns')}")
    cut = sum(q <= curve.supported for q in curve.quantiles)
    return Line(curve.network, index, points, "; ".join(said), cut)


def _rate_line(name: str, cells: Sequence[Cell], index: int | None) -> Line:
    # A network that fell short of the offered rate is drawn hollow: its latencies are those of a smaller load.
    short = frozenset(i for i, c in enumerate(cells) if c.achieved_share is not None and c.achieved_share < 0.99)
    points = [(c.offered_per_s or 0.0, c.value or 0.0) for c in cells]
    said = [f"{words.value(x, '1/s')}: {words.value(y, 'ns')}" for x, y in points]
    return Line(name, index, points, "; ".join([name, *said]), marks=True, hollow=short)


def _bounds(marks: Sequence[Mark]) -> list[float]:
    return [bound for m in marks for bound in (m.low, m.value, m.high) if bound]


def _cell(data: ReportData, name: str, key: LatencyLoad, quantile: float) -> Cell | None:
    return data.cell(name, key.load, "latency", key.response_bytes, quantile)
