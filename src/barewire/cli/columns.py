"""Tables whose names are never cut, however narrow the terminal is, because people type and copy them.

Only the last column, the description, is wrapped; with too little room beside the names it stands below them.
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
        if beside:
            lines = textwrap.wrap(row[-1], console.width - indent) or [""]
            first, rest = names + lines[0], [" " * indent + line for line in lines[1:]]
        else:
            first, rest = names, [f"    {line}" for line in textwrap.wrap(row[-1], max(_LEAST, console.width - 4))]
        for line in (first.rstrip(), *rest):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
