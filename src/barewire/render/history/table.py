"""A history on a terminal: a sentence for each step, then each series as a line of bars."""

from __future__ import annotations

import io
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from math import log

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from barewire.render.comparison.lines import name_of
from barewire.results import words
from barewire.results.comparison.likeness import short
from barewire.results.history.series import History, Series
from barewire.results.history.steps import Step

_PIPE_WIDTH = 100
_NARROWEST = 40
_WIDEST_PROSE = 100
_BARS = "▁▂▃▄▅▆▇█"
_ABSENT = " "
_FLOORS = 2.0
_LEAST = 1e-6
_OTHER_COLUMNS = 38
_STYLES = {"worse": "bold red", "better": "green"}


def plain(history: History, *, full: bool = False) -> str:
    """The history without colours, as wide as the terminal; 100 columns where there is none."""
    width = max(shutil.get_terminal_size((_PIPE_WIDTH, 0)).columns, _NARROWEST)
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    show(history, console, full=full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def show(history: History, console: Console, *, full: bool = False) -> None:
    """Print the history: what changed, then the series in which it did, with `full` all of them."""
    first, last = history.runs[0].run.created, history.runs[-1].run.created
    _say(console, f"{words.count(len(history.runs), 'run')} below {history.folder}, {first} to {last}.", "bold")
    for note in history.notes:
        _say(console, note, "yellow")
    for sentence in _groups(history):
        _say(console, sentence)
    found = [(one, step) for one in history.series for step in one.steps]
    for one, step in found:
        # One line each, however long: paths are to be copied.
        console.print(
            Text(sentence_of(history, one, step), style=_STYLES[step.verdict]), soft_wrap=True, highlight=False
        )
    shown = [one for one in history.series if one.steps or full]
    still = len(history.series) - sum(bool(one.steps) for one in history.series)
    if still or not found:
        behind = "" if full else "; --all shows them, of every load, size and quantile"
        _say(console, f"No change was found in {words.count(still, 'series', 'series')}{behind}.")
    console.print()
    if not shown:
        return
    console.print(_table(history, shown, console.width), highlight=False)
    console.print()
    wandering = [one for one in history.series if not one.counted]
    chance = (
        f" Of {words.count(len(wandering), 'series', 'series')} in which nothing changed, "
        f"{len(wandering) * history.error:.2g} would be said to have."
    )
    _say(
        console,
        "Bars: the overhead against the host of each run, or what was counted; a whole bar is what lies between the lowest and "
        f"the highest of its line, and at least twice the noise.{chance if wandering else ''}",
        "dim",
    )


def sentence_of(history: History, one: Series, step: Step) -> str:
    """A step in words."""
    before, after = (history.runs[number].path for number in (step.before, step.after))
    digits = words.digits(counted=one.counted)
    bounds = words.interval(step.size.low, step.size.high, digits)
    what = "it" if one.counted else "its overhead"
    return (
        f"{one.question.network} {name_of(one.question)} became {step.verdict}, {what} changed by "
        f"{words.overhead(step.size.ratio, digits)} [{bounds}], somewhere between {before} and {after}."
    )


def _groups(history: History) -> Iterator[str]:
    if len(history.groups) == 1:
        return
    yield (
        f"Machine or plan is not the same in all of them: {len(history.groups)} groups, each with series of its own, "
        "which do not compare."
    )
    for number, group in enumerate(history.groups):
        said = "; ".join(f"{one.key} was {short(one.before)}, is {short(one.after)}" for one in group.differences[:3])
        more = f"; and {len(group.differences) - 3} more" if len(group.differences) > 3 else ""
        since = f" since {history.runs[group.runs[0]].path}"
        yield f"{number + 1}: {words.count(len(group.runs), 'run')}{since}{': ' if said else ''}{said}{more}."


def _table(history: History, series: Sequence[Series], width: int) -> Table:
    several = len(history.groups) > 1
    names = max((len(name_of(one.question)) for one in series), default=0)
    room = max(width - names - _OTHER_COLUMNS, 10)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("overhead", no_wrap=True)
    for title in (*(["group"] if several else []), "runs", "", "last", "noise", "steps"):
        table.add_column(title, justify="right" if title else "left", no_wrap=True)
    for network in dict.fromkeys(one.question.network for one in series):
        table.add_row(Text(network, style="bold"))
        own = [one for one in history.series if one.question.network == network]
        order = list(dict.fromkeys(one.question for one in own))
        for one in sorted(own, key=lambda one: (order.index(one.question), one.group)):
            table.add_row(
                f" {name_of(one.question)}",
                *([str(one.group + 1)] if several else []),
                str(len(one.points)),
                _bars(one, history, room),
                words.exact(one.points[-1].level) if one.counted else words.overhead(one.points[-1].ratio),
                words.floor(one.floor, words.digits(counted=one.counted)) if one.floor else words.NOTHING,
                str(len(one.steps) or words.NOTHING),
            )
    return table


def _bars(one: Series, history: History, room: int) -> str:
    """The last runs that fit, a bar each; a run that is not in the series leaves a gap."""
    logs = {point.run: log(point.level) for point in one.points}
    low, high = min(logs.values()), max(logs.values())
    # What is within the noise must not fill the line.
    span = max(high - low, _FLOORS * log(one.floor) if one.floor else 0.0, _LEAST)
    low = (low + high - span) / 2
    drawn = [_ABSENT] * len(history.runs)
    for run, value in logs.items():
        drawn[run] = _BARS[round((value - low) / span * (len(_BARS) - 1))]
    whole = "".join(drawn)
    return whole if len(whole) <= room else "…" + whole[-(room - 1) :]


def _say(console: Console, text: str, style: str = "") -> None:
    wrapped = textwrap.fill(text, min(console.width, _WIDEST_PROSE), break_on_hyphens=False, break_long_words=False)
    console.print(Text(wrapped, style=style), highlight=False, soft_wrap=True)
