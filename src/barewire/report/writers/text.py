"""The loss table on a terminal: the answer, the networks best to worst, what could not be measured, where the report is.

A cell has two lines, the loss and its interval, so that the whole table fits 80 columns; on narrower terminals it is
cut into two tables rather than wrapped. Verdicts are words, never colours alone. Colours follow the console, so NO_COLOR
and a pipe need nothing of their own.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from barewire.report import loss, words
from barewire.report.answer import answer
from barewire.report.data import LoadKey, ReportData
from barewire.report.format import Format
from barewire.report.loss import Column, Entry, Row

WIDE, WHOLE = 118, 78
"""From how many columns verdicts are whole words, and the table is in one piece."""

_FILE_WIDTH = 120
_QUANTILES = (0.5, 0.99, 0.999)
_LONGEST_NAME = 24
_FULL_COLUMNS = 4
_HEAT_STYLES = ("cyan", "", "", "yellow", "yellow", "bold yellow", "bold red")


def show(data: ReportData, console: Console, *, full: bool = False) -> None:
    """Print the report to `console`; `full` adds every load, size and quantile."""
    console.print(_report(data, console.width, full=full), highlight=False)
    report = data.path / "report.html"
    where = str(report) if report.is_file() else f"barewire report {data.path} makes one"
    # A path is to be copied: it must not be broken where the terminal ends.
    console.print(Text(f"Report: {where}"), soft_wrap=True, highlight=False)


def render(data: ReportData) -> str:
    """The full report as plain text, 120 columns wide."""
    console = Console(file=io.StringIO(), width=_FILE_WIDTH, no_color=True, force_terminal=False, legacy_windows=False)
    show(data, console, full=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


FORMAT = Format("text", "report.txt", "the tables of the terminal, as plain text", render)


def _report(data: ReportData, width: int, *, full: bool) -> Group:
    said = answer(data)
    parts: list[RenderableType] = []
    if said.partial:
        parts += [Text(said.partial, style="bold yellow"), ""]
    parts += [Text(said.headline, style="bold")]
    if said.noise:
        parts += ["", Text(said.noise)]
    key = loss.answer_load(data)
    if key:
        for columns, titles in _cut(_main_columns(data, key), width):
            parts += ["", _table(data, columns, titles, width, _caption(data, key))]
        parts += [Text(_legend(data, width), style="dim")]
    if full:
        for one in data.rate_loads:
            rate = f", {words.value(one.offered_per_s, '1/s')}" if one.offered_per_s else ""
            caption = f"Latency at {words.share(one.load)} of the host's maximum rate{rate}, answers of {words.size(one.response_bytes)}"
            for columns, titles in _pieces([(c, _quantile_title(c)) for c in loss.latency_columns(data, one)], width):
                parts += ["", _table(data, columns, titles, width, caption)]
        others = _other_columns(data)
        for columns, titles in _pieces(others, width):
            parts += ["", _table(data, columns, titles, width, "Rates, CPU time and setup")]
    if data.unmeasured:
        parts += ["", Text("Not measured here:", style="bold")]
        for network in data.unmeasured:
            sentence = f"{network.name}: {_stop(network.reason or 'no reason was recorded')} {_stop(network.remedy or '')}"
            parts.append(Padding(Text(sentence.strip()), (0, 0, 0, 2)))
    parts += [Text(note, style="yellow") for note in data.notes]
    if data.rejected:
        parts.append(Text(f"{words.count(len(data.rejected), 'trial')} broke a rule and {'was' if len(data.rejected) == 1 else 'were'} not used."))
    parts.append("")
    return Group(*parts)


def _main_columns(data: ReportData, key: LoadKey) -> list[tuple[Column, str]]:
    size = key.response_bytes
    columns = [(c, _quantile_title(c)) for c in loss.latency_columns(data, key) if c.quantile in _QUANTILES]
    columns.append((Column("max", "request_rate", size), "max rate"))
    columns.append((Column("bulk-1", "throughput", None), "bulk,\n1 stream"))
    columns.append((Column("connect", "connect_rate", size), "connec-\ntions"))
    columns.append((_cpu_column(data, key), "CPU per\nrequest"))
    known = {(c.load, c.metric, c.response_bytes, c.quantile) for c in data.summary.cells}
    exact = [(_anysize(data, column), title) for column, title in columns]
    return [(c, t) for c, t in exact if (c.load, c.metric, c.response_bytes, c.quantile) in known]


def _cpu_column(data: ReportData, key: LoadKey) -> Column:
    return Column(key.load, "cpu_per_request", key.response_bytes)


def _anysize(data: ReportData, column: Column) -> Column:
    """Connections and bulk may be recorded with a size or without: take the one that is there."""
    sizes = [c.response_bytes for c in data.summary.cells if (c.load, c.metric) == (column.load, column.metric)]
    if column.response_bytes in sizes or not sizes:
        return column
    return Column(column.load, column.metric, sizes[0], column.quantile)


def _other_columns(data: ReportData) -> list[tuple[Column, str]]:
    found: dict[Column, str] = {}
    for cell in data.summary.cells:
        if cell.metric != "latency":
            size = f"\n{words.size(cell.response_bytes)}" if cell.response_bytes is not None else ""
            title = f"{_SHORT.get(cell.metric, cell.metric)},\n{words.share(cell.load)}{size}"
            found[Column(cell.load, cell.metric, cell.response_bytes, cell.quantile)] = title
    return list(found.items())


_SHORT = {
    "request_rate": "requests",
    "throughput": "bulk",
    "connect_rate": "connections",
    "cpu_per_request": "CPU/request",
    "setup_time": "built in",
    "objects_per_node": "objects/node",
}


def _quantile_title(column: Column) -> str:
    return words.quantile(column.quantile or 0) + "\nlatency"


Cut = Iterable[tuple[tuple[Column, ...], tuple[str, ...]]]


def _cut(columns: list[tuple[Column, str]], width: int) -> Cut:
    """In one piece where it fits; else latency first, the rest below."""
    if width >= WHOLE:
        groups = [columns]
    else:
        groups = [[c for c in columns if (c[0].metric == "latency") is latency] for latency in (True, False)]
    for group in groups:
        if group:
            yield tuple(c for c, _ in group), tuple(t for _, t in group)


def _pieces(columns: list[tuple[Column, str]], width: int) -> Cut:
    """Runs of columns of about 13 characters beside the names."""
    step = max(2, (width - _LONGEST_NAME) // 19 if width < WIDE else (width - _LONGEST_NAME) // 18 + 1)
    for start in range(0, len(columns), step):
        group = columns[start : start + step]
        yield tuple(c for c, _ in group), tuple(t for _, t in group)


def _table(data: ReportData, columns: tuple[Column, ...], titles: tuple[str, ...], width: int, caption: str) -> Table:
    table = Table(
        title=caption, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1 if width >= WIDE else 0, 0, 1),
        show_edge=False, pad_edge=False, header_style="bold",
    )  # fmt: skip
    name_width = max(8, min(_LONGEST_NAME, width - len(columns) * 10 - 2))
    table.add_column("network", overflow="fold", max_width=name_width, vertical="top")
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True, vertical="top")
    for row in loss.rows(data, columns):
        table.add_row(Text(row.network), *(_cell(row, entry, width) for entry in row.entries))
    return table


def _cell(row: Row, entry: Entry, width: int) -> Text:
    cell = entry.cell
    if cell is None:
        return Text(words.NOTHING, style="dim")
    value = words.value(cell.value, cell.unit)
    if row.is_baseline:
        return Text(value, style="bold")
    if cell.metric == "objects_per_node":
        return Text(value)
    if cell.verdict == "unsupported" or cell.ratio is None:
        return Text.assemble(value, ("\nunsupported" if width >= WIDE else "\ntoo few", "dim"))
    bounds = words.interval(cell.ratio_low, cell.ratio_high).removesuffix(" %").replace(" … ", "…")
    style = _HEAT_STYLES[entry.heat] if entry.heat is not None else ""
    if cell.verdict == "indistinguishable":
        return Text.assemble((words.loss(cell.ratio), "cyan"), ("\nindistinguishable" if width >= WIDE else "\n≈ host", "dim"))
    return Text.assemble((words.loss(cell.ratio), style), (f"\n{bounds}", "dim"))


def _caption(data: ReportData, key: LoadKey) -> str:
    return f"Loss against the host at {words.share(key.load)} of its maximum rate, answers of {words.size(key.response_bytes)}"


def _legend(data: ReportData, width: int) -> str:
    confidence = f"{data.summary.confidence * 100:g} %"
    text = (
        f"The host's row has its values; the others their change against it, with the {confidence} interval below. Latency "
        "and CPU time: more is worse. Rates: less is worse."
    )
    if width >= WIDE:
        return text
    return text + " ≈ host: indistinguishable from the host. too few: unsupported, too few samples for an interval."


def _stop(text: str) -> str:
    return text.rstrip(".") + "." if text else ""
