"""A history on a terminal: a sentence for each step, then each series as a line of bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import log

from rich.console import Console
from rich.table import Table
from rich.text import Text

from barewire.render import terminal
from barewire.render.comparison.lines import name_of
from barewire.render.format import Format
from barewire.render.history.sentences import sentence_of
from barewire.render.terminal import CHANGE_STYLES, new_table, print_paragraph
from barewire.results import words
from barewire.results.comparison.likeness import short
from barewire.results.history.series import History, Series

_BARS = "▁▂▃▄▅▆▇█"
_ABSENT = " "
_FLOORS = 2.0
_LEAST = 1e-6
_OTHER_COLUMNS = 38


def plain(history: History, *, full: bool = False) -> str:
    """The history without colours, as wide as the terminal; 100 columns where there is none."""
    return terminal.plain(partial(show, full=full), history)


def show(history: History, console: Console, *, full: bool = False) -> None:
    """Print the history: what changed, then the series in which it did, with `full` all of them."""
    first, last = history.runs[0].run.created, history.runs[-1].run.created
    print_paragraph(
        console,
        f"{words.count(len(history.runs), 'run')} below {history.folder}, {first} to {last}.",
        "bold",
        after=False,
    )
    for note in history.notes:
        print_paragraph(console, note, "yellow", after=False)
    for sentence in _groups(history):
        print_paragraph(console, sentence, after=False)
    found = [(one, step) for one in history.series for step in one.steps]
    for one, step in found:
        # One line each, however long: paths are to be copied.
        console.print(
            Text(sentence_of(history, one, step), style=CHANGE_STYLES[step.verdict]), soft_wrap=True, highlight=False
        )
    shown = [one for one in history.series if one.steps or full]
    still = len(history.series) - sum(bool(one.steps) for one in history.series)
    if still or not found:
        behind = "" if full else "; --all shows them, of every load, size and quantile"
        print_paragraph(
            console, f"No change was found in {words.count(still, 'series', 'series')}{behind}.", after=False
        )
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
    print_paragraph(
        console,
        "Bars: the overhead against the host of each run, or what was counted; a whole bar is what lies between the lowest and "
        f"the highest of its line, and at least twice the noise.{chance if wandering else ''}",
        "dim",
        after=False,
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
    table = new_table()
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


FORMAT = Format("text", "history.txt", "each step, and the series that have one", plain, show)
