"""The overhead table on a terminal: the answer, the networks best to worst, what was not measured, where the report is.

A cell has two lines, the overhead and its interval. A table that is too wide for the terminal first says its verdicts
shorter, then is cut into several; nothing is ever cut off. Verdicts are words, never colours alone. Colours follow the
console, so NO_COLOR and a pipe need nothing of their own.
"""

from __future__ import annotations

import io
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from barewire import workloads
from barewire.render.format import Format
from barewire.render.run import counted, instrument, knees, overhead, parts_terminal, tuned
from barewire.render.run.answer import answer
from barewire.render.run.data import LoadKey, ReportData
from barewire.render.run.overhead import Column, Entry, Row
from barewire.render.run.parts_terminal import FLAG, GAP, IN_UNITS, bare_table
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES

NARROWEST = 40
"""A terminal is taken to have at least so many columns."""

_PIPE_WIDTH = 120
_WIDEST_PROSE = 100
_LONGEST_NAME = 24
_SEQUENTIAL_QUANTILES = SHOWN_QUANTILES[:2]
_HEAT_STYLES = ("cyan", "", "", "yellow", "yellow", "bold yellow", "bold red")

_TITLES = {
    "request_rate": "closed loop",
    "throughput": "TCP",
    "connect_rate": "connections",
    "packet_rate": "packets",
    "packet_loss": "packets lost",
    "cpu_per_request": "CPU/request",
    "setup_time": "built in",
    "objects_per_node": "objects/node",
}


@dataclass(frozen=True, slots=True)
class _Titled:
    """A column and its title, lines of it."""

    column: Column
    title: str


def show(data: ReportData, console: Console, *, full: bool = False) -> None:
    """Print the report to `console`; `full` adds every load, size and quantile."""
    said = answer(data)
    if said.partial:
        _say(console, said.partial, style="bold yellow")
    _say(console, said.clock, style="yellow")
    _say(console, said.headline, style="bold")
    _say(console, said.noise)
    key = overhead.answer_load(data)
    if key:
        _show_main(data, key, console)
    elif overhead.answer_column(data):
        _show_without_latency(data, console)
    parts_terminal.show(data, console)
    _show_knees(data, console)
    _say(console, said.drops)
    if full:
        _show_all(data, console)
    waiting = [n.name for n in overhead.ranked(data) if not any(c.network == n.name for c in data.summary.cells)]
    if waiting:
        _say(console, f"No trial yet: {words.listing(waiting)}.")
    if data.unmeasured:
        console.print(Text(f"Not measured {'on this kernel' if data.counted else 'here'}", style="bold"))
        for network in data.unmeasured:
            reason, remedy = _stop(network.reason or "no reason was recorded"), _stop(network.remedy or "")
            _say(console, f"{network.name}: {reason} {remedy}", indent="  ", after=False)
        if page := counted.beside(data):
            console.print(Text(f"{counted.BESIDE}: {data.path / page}"), soft_wrap=True, highlight=False)
        console.print()
    _say(console, instrument.sentence(data.run.instrument), style="dim")
    for note in data.notes:
        _say(console, note, style="yellow")
    if data.rejected:
        were = "was" if len(data.rejected) == 1 else "were"
        _say(console, f"{words.count(len(data.rejected), 'trial')} broke a rule and {were} not used.")
    if data.tolerated:
        rules = words.listing(sorted({broken.rule for trial in data.tolerated for broken in trial.tolerated}))
        what = words.count(len(data.tolerated), "valid trial")
        _say(console, f"{what} met a machine that was not quiet, as in every attempt before: {rules}.")
    if machine := counted.machine(data):
        _say(console, f"In a VM ({machine}): {data.run.environment.get('kernel', 'a kernel that was not recorded')}.")
    if tuned.matters(data):
        _say(console, f"Tuning: {tuned.sentence(data)}.")
    report = data.path / "report.html"
    where = (
        str(report) if report.is_file() else f"barewire report {data.path} --format html --out report.html makes one"
    )
    # A path is to be copied: it must not be broken where the terminal ends.
    console.print(Text(f"Report: {where}"), soft_wrap=True, highlight=False)


def plain(data: ReportData, *, full: bool) -> str:
    """The report without colours, as wide as the terminal; 120 columns where there is none."""
    width = shutil.get_terminal_size((_PIPE_WIDTH, 0)).columns
    console = Console(file=io.StringIO(), width=max(width, NARROWEST), color_system=None, legacy_windows=False)
    show(data, console, full=full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


FORMAT = Format("text", "report.txt", "the overhead table of the terminal", partial(plain, full=False))


def _show_main(data: ReportData, key: LoadKey, console: Console) -> None:
    where = f"{'with' if key.sequential else 'at'} {key.where}, responses of {words.size(key.response_bytes)}"
    _tables(data, _instructions(data), console, "Instructions of one request, byte, packet or connection")
    quantiles = [c for c in overhead.latency_columns(data, key) if c.quantile in SHOWN_QUANTILES]
    latency = [_latency(c) for c in (overhead.comparable(data, quantiles) if data.counted else quantiles)]
    rest = [t for t in _others(data) if _belongs(t.column, key)]
    short = False
    virtual = ", in virtual time" if data.counted else ""
    for group, caption in _whole_or_cut(
        data, latency, rest, console.width, f"Overhead against the host {where}{virtual}"
    ):
        short |= _tables(data, group, console, caption)
    short |= _tables(data, _sequential(data, key), console, f"One request at a time, and packets one way{virtual}")
    _legend(data, console, short=short)


def _show_without_latency(data: ReportData, console: Console) -> None:
    """The tables of a run that has no latencies: all that it has instead."""
    short = _tables(data, _instructions(data), console, "Instructions of one request, byte, packet or connection")
    rest = [one for one in _others(data) if one.column.load != "setup"]
    short |= _tables(data, rest, console, "Change against the host")
    _legend(data, console, short=short)


def _legend(data: ReportData, console: Console, *, short: bool) -> None:
    legend = (
        f"The host's row has its values, the others their change against it, its {data.summary.confidence * 100:g}"
        f"{words.JOIN}% interval{' over layouts' if data.counted else ''} and the difference. {_about_intervals(data)}"
        f"Of {'instructions, ' if data.counted else ''}latency and CPU time more is worse, of rates less."
    )
    if short:
        legend += " " + "; ".join(f"{one}: {words.LABELS[said]}" for said, one in words.SHORT_LABELS.items()) + "."
    _say(console, legend, style="dim")


def _show_knees(data: ReportData, console: Console) -> None:
    """What each network carries, where rates were offered."""
    found = knees.rows(data)
    if not found:
        return
    console.print(Text(knees.TITLE, style="bold"))
    table = bare_table()
    for title in ("network", "responses", "rate", "of the host"):
        table.add_column(title, justify="left" if title == "network" else "right", overflow="fold")
    for row in found:
        table.add_row(row.network, row.size, row.rate, row.share)
    console.print(table, highlight=False)
    console.print()


def _about_intervals(data: ReportData) -> str:
    """What the reader must know of the intervals of this run; empty for a run from before they held together."""
    said = ""
    family = max((cell.family for cell in data.summary.cells), default=0)
    if family > 1:
        said += f"Intervals of the {family} networks in a column hold together. "
    if any(cell.disagree for cell in data.summary.cells):
        said += f"{FLAG}{words.JOIN}Some blocks are far from the others: Hodges and Lehmann's interval. "
    return said


def _show_all(data: ReportData, console: Console) -> None:
    for key in (*data.rate_loads, *data.sequential_loads):
        rate = f", {words.value(key.offered_per_s, '1/s')}" if key.offered_per_s else ""
        about = f"{'with' if key.sequential else 'at'} {key.where}{rate}, responses of {words.size(key.response_bytes)}"
        for metric, title in (("latency", "Latency"), ("wire_latency", "Latency on the wire")):
            columns = [c for c in overhead.latency_columns(data, key, metric) if _has_answer(data, c)]
            _tables(data, [_latency(c) for c in columns], console, f"{title} {about}")
    _tables(data, _others(data), console, "Rates, CPU time and setup")


def _whole_or_cut(
    data: ReportData, latency: list[_Titled], rest: list[_Titled], width: int, caption: str
) -> Iterator[tuple[list[_Titled], str]]:
    """One table if it fits; else the latencies, and the rest below."""
    if _width(data, [*latency, *rest], short=True) <= width or not rest:
        yield [*latency, *rest], caption
    else:
        yield latency, caption
        yield rest, "Rates and CPU time"


def _instructions(data: ReportData) -> list[_Titled]:
    """What was counted, with what it is counted for; none under a wall clock."""
    sizes = {(c.load, c.response_bytes) for c in overhead.instruction_columns(data)}
    titled = []
    for column in overhead.instruction_columns(data):
        lines = [words.share(column.load), f"per {words.per(column.load)}"]
        if sum(load == column.load for load, _ in sizes) > 1:
            lines.append(words.size(column.response_bytes))
        titled.append(_Titled(column, "\n".join(lines)))
    return titled


def _latency(column: Column) -> _Titled:
    return _Titled(column, words.quantile(column.quantile or 0) + "\nlatency")


def _sequential(data: ReportData, key: LoadKey) -> list[_Titled]:
    """Latencies of one request at a time, but for the load of the main table, and what packets show."""
    latency = [
        _Titled(column, f"{other.load}\n{words.quantile(column.quantile or 0)}")
        for other in data.sequential_loads
        if other != key
        for column in overhead.latency_columns(data, other)
        if column.quantile in _SEQUENTIAL_QUANTILES and _has_answer(data, column)
    ]
    return latency + [one for one in _others(data) if one.column.metric in ("packet_rate", "packet_loss")]


def _has_answer(data: ReportData, column: Column) -> bool:
    return any(c.load == column.load and c.response_bytes == column.response_bytes and c.metric == column.metric
               for c in data.summary.cells)  # fmt: skip


def _others(data: ReportData) -> list[_Titled]:
    """Every column but latencies."""
    found: dict[Column, str] = {}
    order = list(_TITLES)
    for cell in sorted(data.summary.cells, key=lambda c: order.index(c.metric) if c.metric in order else len(order)):
        if cell.quantile is None and cell.metric != words.INSTRUCTIONS:
            lines = [_TITLES.get(cell.metric, cell.metric)]
            workload = workloads.by_load(cell.load)
            if workload.column:
                lines[0] = workload.column
            elif cell.metric == "cpu_per_request":
                lines.append(f"at {words.share(cell.load)}")
            elif detail := workload.detail(cell.load):
                lines += detail.split(", ")
            if cell.response_bytes is not None:
                lines.append(words.size(cell.response_bytes))
            found[Column(cell.load, cell.metric, cell.response_bytes, cell.quantile)] = "\n".join(lines)
    return [_Titled(column, title) for column, title in found.items()]


def _belongs(column: Column, key: LoadKey) -> bool:
    """Whether a column stands beside the latencies of the answer's load."""
    if column.response_bytes not in (key.response_bytes, None):
        return False
    if column.metric == "cpu_per_request":
        return column.load == key.load
    workload = workloads.by_load(column.load)
    return workload.beside and workload.is_first(column.load)


def _tables(data: ReportData, columns: Sequence[_Titled], console: Console, caption: str) -> bool:
    """Print columns in as many tables as the width needs; whether verdicts were said shorter."""
    if not columns:
        return False
    short = _width(data, columns, short=False) > console.width
    console.print(Text(textwrap.fill(caption, console.width), style="bold"))
    piece: list[_Titled] = []
    for column in columns:
        if piece and _width(data, [*piece, column], short=short) > console.width:
            _table(data, piece, console, short=short)
            piece = []
        piece.append(column)
    _table(data, piece, console, short=short)
    return short and any(
        e.cell and e.cell.verdict in words.SHORT_LABELS
        for row in _rows(data, columns)
        for e in row.entries
        if not row.is_baseline
    )


def _table(data: ReportData, columns: Sequence[_Titled], console: Console, *, short: bool) -> None:
    table = bare_table()
    rows = _rows(data, columns)
    width = _name_width(rows)
    table.add_column("network", overflow="fold", min_width=width, max_width=width, vertical="top")
    for one in columns:
        table.add_column(one.title, justify="right", no_wrap=True, vertical="top")
    for row in rows:
        table.add_row(Text(row.network), *(_cell(row, entry, short=short) for entry in row.entries))
    console.print(table, highlight=False)
    console.print()


def _rows(data: ReportData, columns: Sequence[_Titled]) -> Sequence[Row]:
    """Rows that have anything to show: in an early partial run most networks have not."""
    rows = overhead.rows(data, tuple(one.column for one in columns))
    return [row for row in rows if any(entry.cell for entry in row.entries)]


def _width(data: ReportData, columns: Sequence[_Titled], *, short: bool) -> int:
    rows = _rows(data, columns)
    cells = ([one.title, *(_cell(r, r.entries[i], short=short).plain for r in rows)] for i, one in enumerate(columns))
    widths = [max(cell_len(line) for text in texts for line in text.split("\n")) for texts in cells]
    return _name_width(rows) + sum(widths) + GAP * len(columns)


def _name_width(rows: Sequence[Row]) -> int:
    return min(max(cell_len(name) for name in ("network", *(row.network for row in rows))), _LONGEST_NAME)


def _cell(row: Row, entry: Entry, *, short: bool) -> Text:
    cell = entry.cell
    if cell is None:
        return Text(words.NOTHING, style="dim")
    value = words.cell_value(cell)
    idle = f"\n{words.idle(cell)}" if words.idle(cell) else ""
    if row.is_baseline:
        return Text.assemble((value, "bold"), (idle, "dim"))
    if cell.metric == "objects_per_node" or (cell.metric in words.PLAIN and cell.ratio is None):
        return Text(value)
    said = words.label(cell.verdict, short=short)
    if cell.verdict == "unsupported" or cell.ratio is None:
        return Text.assemble(value, (f"\n{said or words.LABELS['unsupported']}", "dim"))
    bounds = words.interval(cell.low, cell.high).removesuffix(f"{words.JOIN}%")
    style = _HEAT_STYLES[entry.heat] if entry.heat is not None else "cyan" if said else ""
    text = Text.assemble((words.overhead(cell.ratio), style), (f"\n{bounds}{FLAG if cell.disagree else ''}", "dim"))
    if said:
        text.append(f"\n{said}", "dim")
    elif cell.metric in IN_UNITS and (difference := words.difference(cell.difference, cell.unit)):
        text.append(f"\n{difference}", "dim")
    text.append(idle, "dim")
    return text


def _say(console: Console, text: str, *, style: str = "", indent: str = "", after: bool = True) -> None:
    """A paragraph. Wrapped here, because rich breaks lines at spaces that must not break."""
    if not text:
        return
    width = min(console.width, _WIDEST_PROSE)
    wrapped = textwrap.fill(
        text.strip(), width, initial_indent=indent, subsequent_indent=indent * 2, break_on_hyphens=False
    )
    console.print(Text(wrapped, style=style), highlight=False)
    if after:
        console.print()


def _stop(text: str) -> str:
    return text.rstrip(".") + "." if text else ""
