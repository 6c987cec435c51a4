"""Tables whose names are never cut, however narrow the terminal is, because people type and copy them.

Only the last column, the description, is wrapped; with too little room beside the names it stands below them. Where not even
the names fit into one line, each of them but the first begins a line if it must.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console

_GAP = 2
_LEAST = 24
"""Columns that a description takes at least."""


def show(console: Console, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print the rows under their titles."""
    whole = [titles, *rows]
    widths = [max(len(row[at]) for row in whole) + _GAP for at in range(len(titles) - 1)]
    indent = sum(widths)
    beside = console.width - indent >= min(_LEAST, max(len(row[-1]) for row in whole))
    for row in whole:
        names = "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        below = [f"    {line}" for line in textwrap.wrap(row[-1], max(_LEAST, console.width - 4))]
        if beside:
            lines = textwrap.wrap(row[-1], console.width - indent) or [""]
            shown = [names + lines[0], *(" " * indent + line for line in lines[1:])]
        elif indent - _GAP <= console.width:
            shown = [names, *below]
        else:
            shown = [row[0], *(f"    {line}" for line in _lines(row[1:-1], console.width - 4)), *below]
        for line in map(str.rstrip, shown):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _lines(names: Sequence[str], width: int) -> list[str]:
    """The names, as many in a line as fit."""
    lines: list[str] = []
    for name in filter(None, names):
        if lines and len(lines[-1]) + _GAP + len(name) <= width:
            lines[-1] += " " * _GAP + name
        else:
            lines.append(name)
    return lines
