"""A history on a terminal: a sentence for each step, then each series as a line of bars."""

from __future__ import annotations

import io
import shutil
import textwrap
from collections.abc import Iterator
from math import log

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from barewire.compare.history import History, Series, Step
from barewire.compare.likeness import short
from barewire.compare.lines import name_of
from barewire.runs import words

_PIPE_WIDTH = 100
_NARROWEST = 40
_WIDEST_PROSE = 100
_BARS = "▁▂▃▄▅▆▇█"
_SPLIT = "│"
_ABSENT = " "
_TABLE_WITHOUT_BARS = 62
_STYLES = {"worse": "bold red", "better": "green"}


def plain(history: History) -> str:
    """The history without colours, as wide as the terminal; 100 columns where there is none."""
    width = max(shutil.get_terminal_size((_PIPE_WIDTH, 0)).columns, _NARROWEST)
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    show(history, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def show(history: History, console: Console) -> None:
    """Print the history."""
    first, last = history.runs[0].run.created, history.runs[-1].run.created
    _say(console, f"{words.count(len(history.runs), 'run')} below {history.folder}, {first} to {last}.", "bold")
    for note in history.notes:
        _say(console, note, "yellow")
    for sentence in _splits(history):
        _say(console, sentence)
    found = [(one, step) for one in history.series for step in one.steps]
    for one, step in found:
        # One line each, however long: paths are to be copied.
        console.print(
            Text(sentence_of(history, one, step), style=_STYLES[step.verdict]), soft_wrap=True, highlight=False
        )
    if not found:
        _say(console, f"No change was found in {words.count(len(history.series), 'series', 'series')}.")
    console.print()
    console.print(_table(history, console.width), highlight=False)
    console.print()
    _say(
        console,
        f"Bars: the loss against the host of each run, lowest to highest of its line; {_SPLIT} machine or plan changed, and "
        f"series are not compared across it. Of {words.count(len(history.series), 'series', 'series')} in which nothing changed, "
        f"{len(history.series) * history.error:.2g} would be said to have.",
        "dim",
    )


def sentence_of(history: History, one: Series, step: Step) -> str:
    """A step in words."""
    before, after = (history.runs[number].path for number in (step.before, step.after))
    bounds = words.interval(step.size.low, step.size.high)
    return (
        f"{one.question.network} {name_of(one.question)} became {step.verdict}, its loss changed by "
        f"{words.loss(step.size.ratio)} [{bounds}], somewhere between {before} and {after}."
    )


def _splits(history: History) -> Iterator[str]:
    for split in history.splits:
        said = "; ".join(f"{one.key} was {short(one.before)}, is {short(one.after)}" for one in split.differences[:3])
        more = f"; and {len(split.differences) - 3} more" if len(split.differences) > 3 else ""
        before, after = (history.runs[number].path for number in (split.before, split.after))
        yield f"Split between {before} and {after}: {said}{more}."


def _table(history: History, width: int) -> Table:
    room = max(width - _TABLE_WITHOUT_BARS, 10)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), show_edge=False, pad_edge=False, header_style="bold")
    for title, justify in (("loss", "left"), ("runs", "right"), ("", "left"), ("last", "right"), ("noise", "right")):
        table.add_column(title, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("steps", justify="right", no_wrap=True)
    for network in dict.fromkeys(one.question.network for one in history.series):
        table.add_row(Text(network, style="bold"))
        for one in history.series:
            if one.question.network == network:
                last = words.loss(one.points[-1].ratio)
                floor = words.floor(one.floor) if one.floor else words.NOTHING
                count = str(len(one.steps) or words.NOTHING)
                bars = _bars(one, history, room)
                table.add_row(f" {name_of(one.question)}", str(len(one.points)), bars, last, floor, count)
    return table


def _bars(one: Series, history: History, room: int) -> str:
    """The last runs that fit, a bar each; a run that does not have the network leaves a gap."""
    logs = {point.run: log(point.ratio) for point in one.points}
    low, high = min(logs.values()), max(logs.values())
    starts = {split.after for split in history.splits}
    drawn: list[str] = []
    for run in range(len(history.runs)):
        bar = _ABSENT
        if run in logs:
            height = (logs[run] - low) / (high - low) if high > low else 0.0
            bar = _BARS[round(height * (len(_BARS) - 1))]
        drawn.append((_SPLIT if run in starts else "") + bar)
    whole = "".join(drawn)
    return whole if len(whole) <= room else "…" + whole[-(room - 1) :]


def _say(console: Console, text: str, style: str = "") -> None:
    wrapped = textwrap.fill(text, min(console.width, _WIDEST_PROSE), break_on_hyphens=False, break_long_words=False)
    console.print(Text(wrapped, style=style), highlight=False, soft_wrap=True)
