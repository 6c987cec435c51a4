"""The counted table of README.md and docs/counted.md, from a run: prints it, or writes it into both.

    barewire study --clock counted --kernel 6.12 --seed 1 --out RUN
    .venv/bin/python -P benchmarks/counted_table.py RUN [--write]

The host's row has instructions, the others their overhead with the interval that is judged.
"""

from __future__ import annotations

import sys
from pathlib import Path

from barewire.report import data, loss
from barewire.report.data import ReportData
from barewire.runs import words
from barewire.runs.records import Cell

LOADS = ("tcp-rr", "udp-rr", "tcp-crr", "bulk-1", "bulk-1-no-offloads", "packets")
PAGES = ("README.md", "docs/counted.md")
BEGINS = "| network | tcp-rr, per round trip |"


def table(run: ReportData) -> str:
    columns = {one.load: one for one in loss.instruction_columns(run) if one.load in LOADS}
    loads = [load for load in LOADS if load in columns]
    names = [run.baseline, *(network.name for network in loss.ranked(run))]
    lines = [["network", *(f"{load}, per {words.per(load)}" for load in loads)], ["---"] * (len(loads) + 1)]
    for name in names:
        cells = [run.cell(name, load, words.INSTRUCTIONS, columns[load].response_bytes) for load in loads]
        lines.append([name, *(shown(cell, host=name == run.baseline) for cell in cells)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines).replace("| --- |", "|---|").replace(" --- |", "---|")


def shown(cell: Cell | None, *, host: bool) -> str:
    if cell is None or cell.value is None:
        return words.NOTHING
    if host:
        return words.thousands(round(cell.value)).replace(words.JOIN, " ") if cell.value >= 100 else f"{cell.value:.3f}"
    if cell.ratio is None:
        return words.NOTHING
    bounds = words.interval(cell.low, cell.high).replace("…", " … ")
    return f"{words.loss(cell.ratio)} [{bounds}]".replace(words.JOIN, " ")


def replaced(page: str, made: str) -> str:
    before, found, rest = page.partition(BEGINS)
    if not found:
        sys.exit(f"no table begins with {BEGINS!r}")
    return f"{before}{made}\n\n{rest.partition(chr(10) * 2)[2]}"


def main() -> None:
    made = table(data.load(Path(sys.argv[1])))
    if "--write" not in sys.argv:
        print(made)
        return
    for name in PAGES:
        path = Path(__file__).parents[1] / name
        path.write_text(replaced(path.read_text(), made))


if __name__ == "__main__":
    main()
