"""The overhead table in GitHub's Markdown, for a README or a pull request: the answer, the table, what was not measured.

One table at the load that the answer is about, as on the terminal: latencies, then every other metric of that load, of
closed loops and of streams; of a counted clock what it counted, and which clock it was.
The host's row has values, the others their overhead with its interval and what they add in the metric's unit. Names and
messages come from a run that may be somebody else's: whatever Markdown or HTML would act on is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from barewire import workloads
from barewire.render import verdicts
from barewire.render.format import Format
from barewire.render.run import counted, growth, knees, machines, overhead, rules
from barewire.render.run.answer import answer, repeat_command
from barewire.render.run.data import ReportData
from barewire.render.run.overhead import OverheadCell, Row
from barewire.results import words
from barewire.results.analysis import SHOWN_QUANTILES
from barewire.results.answer import Column

_ACTIVE = re.compile(r"[\\`*_\[\]<>|~&$]|^[-+#]|(?<=:)//")
_ORDER = ("latency", "wire_latency", "request_rate", "connect_rate", "throughput", "packet_rate", "cpu_per_request")


def render(data: ReportData) -> str:
    """The whole piece; it begins with a sentence and not with a heading, to fit below any."""
    said = answer(data)
    clock = f"> {escaped(said.clock)}" if said.clock else ""
    parts = [clock, escaped(said.partial), escaped(said.headline), _main(data), escaped(said.noise)]
    parts += [_knees(data), _splits(data), _unmeasured(data), _growth(data)]
    parts += [escaped(note) for note in data.notes]
    parts.append(_provenance(data))
    return "\n\n".join(part for part in parts if part) + "\n"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already; the first column to the left, the others to the right."""
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _ACTIVE.sub(_escape, " ".join(re.split(r"[\r\n]+", text.strip())))


def _escape(match: re.Match[str]) -> str:
    # Entities where a backslash would still leave a tag or a link to be seen.
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "//": "&#47;/"}
    return entities.get(match[0], f"\\{match[0]}")


def _main(data: ReportData) -> str:
    key = overhead.answer_load(data)
    latencies = [c for c in overhead.latency_columns(data, key) if c.quantile in SHOWN_QUANTILES] if key else []
    size = key.response_bytes if key else None
    # Beside what was counted, virtual times say the same again, a nanosecond being an instruction, unless something waited.
    counts = [*overhead.instruction_columns(data)]
    if any(verdicts.idle(cell) for cell in data.summary.cells):
        counts += [
            Column(one.load, "latency", one.response_bytes, SHOWN_QUANTILES[0])
            for one in counts
            if data.cell(data.baseline, one.load, "latency", one.response_bytes, SHOWN_QUANTILES[0])
        ]
    columns = counts or [*latencies, *_others(data, key.load if key else "", size)]
    rows = [row for row in overhead.rows(data, tuple(columns)) if any(entry.cell for entry in row.entries)]
    if not rows:
        return ""
    titles = ["network", *(_title(column, key.load if key else "") for column in columns)]
    return table(titles, ([_name(row), *(_cell(row, entry) for entry in row.entries)] for row in rows))


def _knees(data: ReportData) -> str:
    """What each network carries, where rates were offered."""
    found = knees.rows(data)
    if not found:
        return ""
    cells = ([escaped(text) for text in (row.network, row.size, row.rate, row.share)] for row in found)
    return f"{escaped(knees.TITLE)}:\n\n" + table(["network", "responses", "rate", "of the host"], cells)


def _splits(data: ReportData) -> str:
    """What rules on the nodes cost and what the network itself does, a line a network."""
    found = rules.splits(data)
    lines = [f"{escaped(rules.heading(data))}:", "", *(f"- {escaped(rules.sentence(split))}" for split in found)]
    return "\n".join(lines) if found else ""


def _growth(data: ReportData) -> str:
    """How what nodes hold grows with their number, folded away."""
    found = growth.rows(data)
    cells = ([escaped(text) for text in row.cells] for row in found)
    said = f"<details><summary>{escaped(growth.TITLE)}</summary>\n\n{escaped(growth.NOTE)}\n\n"
    return f"{said}{table(growth.HEAD, cells)}\n\n</details>" if found else ""


def _others(data: ReportData, load: str, size: int | None) -> list[Column]:
    """Every metric but latencies of the answer's load and of loads without a rate, and the medians of the latter.

    Of what was measured with answers of the answer's size, only that; of what has another size alone, all.
    """
    sized = {(c.load, c.metric) for c in data.summary.cells if c.response_bytes == size}
    found = {
        Column(c.load, c.metric, c.response_bytes, c.quantile)
        for c in data.summary.cells
        if c.load != "setup"
        and (c.response_bytes in (size, None) or (c.load, c.metric) not in sized)
        and (c.load == load or (c.offered_per_s is None and c.metric != "cpu_per_request"))
        and (c.quantile is None or (c.quantile == SHOWN_QUANTILES[0] and c.load != load))
    }
    known = {metric: place for place, metric in enumerate(_ORDER)}
    return sorted(found, key=lambda c: (known.get(c.metric, len(_ORDER)), c.metric, c.load, c.response_bytes or 0))


def _title(column: Column, answers: str) -> str:
    """What a column is; the load is said unless it is the one that the table is about (`answers`) or follows from the metric."""
    if column.metric == words.INSTRUCTIONS:
        return escaped(f"{words.share(column.load)}, instructions per {words.per(column.load)}")
    what = words.METRICS.get(column.metric, column.metric.replace("_", " "))
    if column.quantile is not None:
        what += f" {words.quantile(column.quantile)}"
        return escaped(what if column.load == answers else f"{what}, {column.load}")
    detail = workloads.by_load(column.load).detail(column.load)
    return escaped(f"{what}, {detail}" if detail else what)


def _name(row: Row) -> str:
    return f"**{escaped(row.network)}**" if row.is_baseline else escaped(row.network)


def _cell(row: Row, entry: OverheadCell) -> str:
    text = _bare(row, entry)
    return f"{text}, {idle}" if entry.cell and (idle := verdicts.idle(entry.cell)) else text


def _bare(row: Row, entry: OverheadCell) -> str:
    cell = entry.cell
    if cell is None:
        return words.NOTHING
    if row.is_baseline:
        return f"**{verdicts.cell_value(cell)}**"
    if cell.metric in verdicts.PLAIN and cell.ratio is None:
        return verdicts.cell_value(cell)
    said = verdicts.label(cell.verdict)
    if cell.verdict == "unsupported" or cell.ratio is None:
        return f"{verdicts.cell_value(cell)} {said or verdicts.LABELS['unsupported']}"
    added = verdicts.added(cell)
    return " ".join(part for part in (verdicts.overhead_with_interval(cell), added, said) if part)


def _unmeasured(data: ReportData) -> str:
    lines = []
    for network in data.unmeasured:
        said = f"{network.reason or 'no reason was recorded'}. {network.remedy or ''}".replace("..", ".").strip()
        lines.append(f"- {escaped(network.name)}: {escaped(said)}")
    where = "on this kernel" if data.counted else "here"
    return f"Not measured {where}, and so not in the table:\n\n" + "\n".join(lines) if lines else ""


def _provenance(data: ReportData) -> str:
    environment = data.run.environment
    model = environment.get("cpu", {}).get("model")
    vm = counted.machine(data)
    place = f"in a VM ({vm})" if vm else environment.get("virtualization")
    between = machines.sentence(data)
    place = f"between {between}" if between else place
    found = (environment.get("kernel"), model, place if place != "none" else "", words.moment(data.run.created))
    machine = ", ".join(str(x) for x in found if x)
    confidence = f"{data.summary.confidence * 100:g}{words.JOIN}%"
    text = (
        f"In brackets the {confidence} interval of the change against the host, from "
        f"{words.count(data.summary.blocks, 'layout' if data.counted else 'block')}, and after it what the network adds "
        f"in {'instructions' if data.counted else 'time'}. "
        f"Of {'instructions, ' if data.counted else ''}latency and CPU time more is worse, of rates less."
    )
    command = repeat_command(data)
    repeat = f" Repeat it with {_code(command)}." if command else ""
    return f"<sub>{escaped(text)} {escaped(machine)}.{repeat}</sub>"


def _code(text: str) -> str:
    """A code span that no backtick within can end."""
    line = " ".join(text.splitlines())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{line}{pad}{fence}"


FORMAT = Format(
    "markdown", "overhead.md", "the overhead table for a README or a pull request, GitHub's Markdown", render
)
