"""The overhead table on a terminal: the answer, the networks best to worst, what was not measured, where the report is.

`run.terminal_tables` has the tables of overheads; what all documents share on a terminal is in `render.terminal`.
"""

from __future__ import annotations

from functools import partial

from rich.console import Console
from rich.text import Text

from barewire import workloads
from barewire.render import terminal, verdicts
from barewire.render.format import Format
from barewire.render.run import counted, instrument, knees, labels, machines, overhead, parts_terminal, tuned
from barewire.render.run.answer import answer
from barewire.render.run.data import LatencyLoad, ReportData
from barewire.render.run.parts_terminal import FLAG
from barewire.render.run.terminal_tables import Titled, show_tables, whole_or_cut
from barewire.render.terminal import new_table, print_paragraph
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES
from barewire.results.answer import Column

_PIPE_WIDTH = 120
_SEQUENTIAL_QUANTILES = SHOWN_QUANTILES[:2]

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


def show(data: ReportData, console: Console, *, full: bool = False) -> None:
    """Print the report to `console`; `full` adds every load, size and quantile."""
    said = answer(data)
    if said.partial:
        print_paragraph(console, said.partial, style="bold yellow")
    print_paragraph(console, said.clock, style="yellow")
    print_paragraph(console, said.headline, style="bold")
    print_paragraph(console, said.noise)
    key = overhead.answer_load(data)
    if key:
        _show_main(data, key, console)
    elif overhead.answer_column(data):
        _show_without_latency(data, console)
    parts_terminal.show(data, console)
    _show_knees(data, console)
    print_paragraph(console, said.drops)
    if full:
        _show_all(data, console)
    if waiting := labels.without_values(data):
        print_paragraph(console, f"No value yet: {'; '.join(waiting)}.")
    if data.unmeasured:
        console.print(Text(f"Not measured {'on this kernel' if data.counted else 'here'}", style="bold"))
        for network in data.unmeasured:
            reason, remedy = _stop(network.reason or "no reason was recorded"), _stop(network.remedy or "")
            print_paragraph(console, f"{network.name}: {reason} {remedy}", indent="  ", after=False)
        if page := counted.beside(data):
            console.print(Text(f"{counted.BESIDE}: {data.path / page}"), soft_wrap=True, highlight=False)
        console.print()
    print_paragraph(console, instrument.sentence(data.run.instrument), style="dim")
    for note in data.notes:
        print_paragraph(console, note, style="yellow")
    if data.rejected:
        were = "was" if len(data.rejected) == 1 else "were"
        print_paragraph(console, f"{words.count(len(data.rejected), 'trial')} broke a rule and {were} not used.")
    if data.tolerated:
        rules = words.listing(sorted({broken.rule for trial in data.tolerated for broken in trial.tolerated}))
        what = words.count(len(data.tolerated), "valid trial")
        print_paragraph(console, f"{what} met a machine that was not quiet, as in every attempt before: {rules}.")
    if machine := counted.machine(data):
        print_paragraph(
            console, f"In a VM ({machine}): {data.run.environment.get('kernel', 'a kernel that was not recorded')}."
        )
    if between := machines.sentence(data):
        print_paragraph(console, f"Measured between {between}.")
    if tuned.matters(data):
        print_paragraph(console, f"Tuning: {tuned.sentence(data)}.")
    report = data.path / "report.html"
    where = (
        str(report) if report.is_file() else f"barewire report {data.path} --format html --out report.html makes one"
    )
    # A path is to be copied: it must not be broken where the terminal ends.
    console.print(Text(f"Report: {where}"), soft_wrap=True, highlight=False)


def plain(data: ReportData, *, full: bool = False) -> str:
    """The report without colours, as wide as the terminal; 120 columns where there is none."""
    return terminal.plain(partial(show, full=full), data, _PIPE_WIDTH)


FORMAT = Format("text", "report.txt", "the overhead table of the terminal", plain, show)


def _show_main(data: ReportData, key: LatencyLoad, console: Console) -> None:
    where = f"{'with' if key.sequential else 'at'} {key.where}, responses of {words.size(key.response_bytes)}"
    show_tables(data, _instructions(data), console, "Instructions of one request, byte, packet or connection")
    quantiles = [c for c in overhead.latency_columns(data, key) if c.quantile in SHOWN_QUANTILES]
    latency = [_latency(c) for c in (overhead.comparable(data, quantiles) if data.counted else quantiles)]
    rest = [t for t in _others(data) if _belongs(t.column, key)]
    short = False
    virtual = ", in virtual time" if data.counted else ""
    for group, caption in whole_or_cut(
        data, latency, rest, console.width, f"Overhead against the host {where}{virtual}"
    ):
        short |= show_tables(data, group, console, caption)
    short |= show_tables(data, _sequential(data, key), console, f"One request at a time, and packets one way{virtual}")
    _legend(data, console, short=short)


def _show_without_latency(data: ReportData, console: Console) -> None:
    """The tables of a run that has no latencies: all that it has instead."""
    short = show_tables(data, _instructions(data), console, "Instructions of one request, byte, packet or connection")
    rest = [one for one in _others(data) if one.column.load != "setup"]
    short |= show_tables(data, rest, console, "Change against the host")
    _legend(data, console, short=short)


def _legend(data: ReportData, console: Console, *, short: bool) -> None:
    legend = (
        f"The host's row has its values, the others their change against it, its {data.summary.confidence * 100:g}"
        f"{words.JOIN}% interval{' over layouts' if data.counted else ''} and the difference. {_about_intervals(data)}"
        f"Of {'instructions, ' if data.counted else ''}latency and CPU time more is worse, of rates less."
    )
    if short:
        legend += (
            " " + "; ".join(f"{one}: {verdicts.LABELS[said]}" for said, one in verdicts.SHORT_LABELS.items()) + "."
        )
    print_paragraph(console, legend, style="dim")


def _show_knees(data: ReportData, console: Console) -> None:
    """What each network carries, where rates were offered."""
    found = knees.rows(data)
    if not found:
        return
    console.print(Text(knees.TITLE, style="bold"))
    table = new_table()
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
            show_tables(data, [_latency(c) for c in columns], console, f"{title} {about}")
    show_tables(data, _others(data), console, "Rates, CPU time and setup")


def _instructions(data: ReportData) -> list[Titled]:
    """What was counted, with what it is counted for; none under a wall clock."""
    sizes = {(c.load, c.response_bytes) for c in overhead.instruction_columns(data)}
    titled = []
    for column in overhead.instruction_columns(data):
        lines = [words.share(column.load), f"per {words.per(column.load)}"]
        if sum(load == column.load for load, _ in sizes) > 1:
            lines.append(words.size(column.response_bytes))
        titled.append(Titled(column, "\n".join(lines)))
    return titled


def _latency(column: Column) -> Titled:
    return Titled(column, words.quantile(column.quantile or 0) + "\nlatency")


def _sequential(data: ReportData, key: LatencyLoad) -> list[Titled]:
    """Latencies of one request at a time, but for the load of the main table, and what packets show."""
    latency = [
        Titled(column, f"{other.load}\n{words.quantile(column.quantile or 0)}")
        for other in data.sequential_loads
        if other != key
        for column in overhead.latency_columns(data, other)
        if column.quantile in _SEQUENTIAL_QUANTILES and _has_answer(data, column)
    ]
    return latency + [one for one in _others(data) if one.column.metric in ("packet_rate", "packet_loss")]


def _has_answer(data: ReportData, column: Column) -> bool:
    return any(c.load == column.load and c.response_bytes == column.response_bytes and c.metric == column.metric
               for c in data.summary.cells)  # fmt: skip


def _others(data: ReportData) -> list[Titled]:
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
    return [Titled(column, title) for column, title in found.items()]


def _belongs(column: Column, key: LatencyLoad) -> bool:
    """Whether a column stands beside the latencies of the answer's load."""
    if column.response_bytes not in (key.response_bytes, None):
        return False
    if column.metric == "cpu_per_request":
        return column.load == key.load
    workload = workloads.by_load(column.load)
    return workload.beside and workload.is_first(column.load)


def _stop(text: str) -> str:
    return text.rstrip(".") + "." if text else ""
