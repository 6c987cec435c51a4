"""The first figure of a report, and the one picture that people share: what each network costs, ranked, with its interval.

It is about the answer's load: the median latency against the host, or the instructions of a round trip. A network whose interval
says nothing has a hollow mark; one without a ratio has words in place of a mark.
"""

from __future__ import annotations

from barewire.records import Cell
from barewire.render import verdicts
from barewire.render.run import conclusion, counted, labels, overhead
from barewire.render.run.answer import repeat_command
from barewire.render.run.data import ReportData
from barewire.render.svg import scales
from barewire.render.svg.figure import Figure
from barewire.render.svg.rows import Key, Mark, Rows
from barewire.results import words

ID = "overhead"
_LOOKS = {
    "slower": ("var(--worse)", "diamond", False),
    "faster": ("var(--better)", "circle", False),
    "equivalent": ("var(--better)", "square", True),
    "no-difference-found": ("var(--undecided)", "circle", True),
    "below-noise-floor": ("var(--undecided)", "square", True),
}
"""Colour, shape and whether it is hollow, by verdict."""

_OTHERWISE = ("var(--undecided)", "triangle", True)


TITLE = "Container network overhead"


def title(data: ReportData) -> str:
    """What a report is about: the machine, the kernel, the day."""
    return " · ".join([TITLE, *subject(data)])


def subject(data: ReportData) -> list[str]:
    """Machine, kernel and day of a run, as far as they are known."""
    environment = data.run.environment
    model = environment.get("cpu", {}).get("model")
    if environment.get("vm"):
        model = counted.machine(data)
    kernel = _release(environment.get("kernel", ""))
    return [one for one in (model, kernel, day(data)) if one]


def day(data: ReportData) -> str:
    """The day on which the run began, in UTC."""
    date, found, _ = data.run.created.partition("T")
    return f"{date} (UTC)" if found else date


def overhead_figure(data: ReportData) -> Figure | None:
    """The figure; None if nothing has been compared with the host yet."""
    column, host = overhead.answer_column(data), overhead.answer_cell(data, data.baseline)
    ranked = [(n.name, overhead.answer_cell(data, n.name)) for n in overhead.ranked(data)]
    found = [(name, cell) for name, cell in ranked if cell]
    if column is None or host is None or not found:
        return None
    floor = data.floors.get((column.load, column.response_bytes, column.metric, column.quantile))
    marks = [Mark(0, 1.0, f"{data.baseline}; {verdicts.cell_value(host)}", colour="var(--host)", shape="square")]
    for row, (name, cell) in enumerate(found, start=1):
        if cell.ratio is not None and cell.low is not None and cell.high is not None:
            colour, shape, hollow = _LOOKS.get(cell.verdict, _OTHERWISE)
            said = f"{name}; {verdicts.sentence(cell, data.summary.confidence, counted=data.counted)}"
            marks.append(Mark(row, cell.ratio, said, cell.low, cell.high, colour, shape, hollow=hollow))
    used: set[str] = {cell.verdict for _, cell in found if cell.ratio is not None and cell.low is not None}
    rows = Rows(
        [data.baseline, *(name for name, _ in found)],
        scales.overheads([bound for m in marks for bound in (m.low or m.value, m.high or m.value)], axis(data)),
        marks,
        values=[verdicts.cell_value(host), *(value_of(cell) for _, cell in found)],
        keys=[Key(name, *look) for name, look in _keys(used, counts=column.metric == words.INSTRUCTIONS)],
        zero=1.0,
        band=floor.floor if floor and not data.counted else None,
        bold=frozenset({0}),
        row_px=27.0,
    )
    spoken = "; ".join(f"{name} {value_of(cell)}" for name, cell in found)
    table = [
        (name, cell.value, cell.unit, cell.ratio, cell.low, cell.high, cell.verdict)
        for name, cell in [(data.baseline, host), *found]
    ]
    head = ("network", "value", "unit", "ratio", "ratio_low", "ratio_high", "verdict")
    return Figure(ID, caption(data), f"{caption(data)}: {spoken}.", rows, head, table, wide=True)


def caption(data: ReportData) -> str:
    """What the figure shows, as its title."""
    key, column = overhead.answer_load(data), overhead.answer_column(data)
    if column is None:
        return ""
    if key is None:
        size = f", {words.size(column.response_bytes)}" if column.response_bytes else ""
        per = f" per {words.per(column.load)}" if column.metric == words.INSTRUCTIONS else ""
        what = words.METRICS.get(column.metric, column.metric)
        return f"{what[0].upper()}{what[1:]}{per} against the host ({column.load}{size})"
    size = f"{words.size(key.response_bytes)} responses"
    if column.metric == words.INSTRUCTIONS:
        return f"Instructions per {words.per(key.load)} against the host ({key.load}, {size})"
    if key.sequential:
        return f"Median latency (p50) against the host, one request at a time ({key.load}, {size})"
    where = key.where.replace("'", "’")
    rate = f", {words.value(key.offered_per_s, '1/s')}" if key.offered_per_s else ""
    return f"Median latency (p50) against the host at {where}{rate}, {size}"


def axis(data: ReportData) -> str:
    """What the axis says."""
    column = overhead.answer_column(data)
    metric = column.metric if column else ""
    what = "median latency" if metric == "latency" else words.METRICS.get(metric, metric)
    return f"change of {what} against the host"


def notes(data: ReportData) -> list[str]:
    """What a reader of the picture alone must know."""
    confidence = f"{data.summary.confidence * 100:g}{words.JOIN}%"
    family = max((cell.family for cell in data.summary.cells), default=0)
    together = f"; the intervals of the {family} networks hold together" if family > 1 else ""
    over = "layouts" if data.counted else "blocks"
    found = [headline] if (headline := conclusion.headline(data)) else []
    found += [f"Bars are {confidence} intervals over {data.summary.blocks} {over}{together}."]
    if data.counted:
        found.append(f"{counted.short(data)[0].upper()}{counted.short(data)[1:]}.")
    elif overhead.answer_column(data):
        found.append("Shaded: the noise floor, what the host differs from itself by.")
    if not data.summary.complete:
        found.append("The study is not complete: intervals are wider than planned.")
    found += [f"Not measured: {line}." for line in labels.unmeasured(data)]
    command = repeat_command(data)
    return [*found, *([f"Repeat it: {command}"] if command else [])]


def value_of(cell: Cell) -> str:
    """Words at the right end of a row."""
    value = verdicts.cell_value(cell)
    if cell.ratio is None or cell.low is None:
        return f"{value}, {verdicts.label(cell.verdict) or 'no interval'}"
    return f"{value}\u2002{verdicts.overhead_with_interval(cell)}"


def _keys(used: set[str], *, counts: bool) -> list[tuple[str, tuple[str, str, bool]]]:
    names = {"slower": "more than the host", "faster": "fewer than the host"} if counts else {}
    return [
        (names.get(v) or verdicts.label(v) or v, _LOOKS.get(v, _OTHERWISE))
        for v in (*_LOOKS, *sorted(used - set(_LOOKS)))
        if v in used
    ]


def _release(kernel: str) -> str:
    """`Linux 6.12.0-1-amd64` of what uname said."""
    return " ".join(kernel.split()[:2])
