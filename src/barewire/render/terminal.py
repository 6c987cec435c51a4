"""What documents share on a terminal: how wide it is, tables, paragraphs, and the same as plain text.

Verdicts are words, never colours alone. Colours follow the console, so NO_COLOR and a pipe need nothing of their own.
"""

from __future__ import annotations

import io
import shutil
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

NARROWEST = 40
"""A terminal is taken to have at least so many columns."""

PIPE_WIDTH = 100
"""Columns where there is no terminal."""

WIDEST_PROSE = 100
GAP = 2
"""Between columns of a table: a space of padding, and rich's divider."""

CHANGE_STYLES = {"worse": "bold red", "better": "green"}
"""Of verdicts on changes."""

S = TypeVar("S")


def new_console(**options: Any) -> Console:
    """A console that prints names as they are: rich would make a bird of `calico/bgp:bird:`."""
    return Console(emoji=False, **options)


def plain(show: Callable[[S, Console], None], subject: S, pipe_width: int = PIPE_WIDTH) -> str:
    """What `show` prints, without colours and as wide as the terminal, or `pipe_width` where there is none."""
    width = max(shutil.get_terminal_size((pipe_width, 0)).columns, NARROWEST)
    text = io.StringIO()
    show(subject, new_console(file=text, width=width, color_system=None, legacy_windows=False))
    return text.getvalue()


def new_table(*, rule: bool = True) -> Table:
    """An empty table as all are: a `rule` below its head and nothing else."""
    padding = (0, 0, 0, GAP - 1) if rule else (0, GAP, 0, 0)
    return Table(
        box=box.SIMPLE_HEAD if rule else None, padding=padding, show_edge=False, pad_edge=False, header_style="bold"
    )


def print_paragraph(console: Console, text: str, style: str = "", *, indent: str = "", after: bool = True) -> None:
    """A paragraph, if there is text. Wrapped here, because rich breaks lines at spaces that must not break."""
    if not text:
        return
    wrapped = textwrap.fill(
        text.strip(),
        min(console.width, WIDEST_PROSE),
        initial_indent=indent,
        subsequent_indent=indent * 2,
        break_on_hyphens=False,
        break_long_words=False,
    )
    console.print(Text(wrapped, style=style), highlight=False, soft_wrap=True)
    if after:
        console.print()


def width_of(texts: Iterable[str]) -> int:
    """Columns of the widest line of any of the texts."""
    return max((cell_len(line) for text in texts for line in text.split("\n")), default=0)
