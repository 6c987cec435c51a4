"""Two files for github-action-benchmark, which draws results over commits and comments on regressions.

https://github.com/benchmark-action/github-action-benchmark, tools `customSmallerIsBetter` and `customBiggerIsBetter`: an array
of `name`, `value`, `unit`, `range` and `extra`. A file has one direction, so latencies and costs are in one and rates in the
other. `range` is the overhead with its interval, `extra` what else a reader of the point wants. Limit: the format has no
place for a network that was not measured; the text beside the files names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from barewire.errors import RunError
from barewire.records import Cell
from barewire.render import verdicts
from barewire.render.format import Format
from barewire.render.run import counted, labels
from barewire.render.run.data import ReportData
from barewire.results import words

SMALLER, BIGGER = "smaller-is-better.json", "bigger-is-better.json"


def render(data: ReportData) -> Mapping[str, str]:
    """Both files and what they are; raises `RunError` if there is nothing yet (the action refuses an empty file)."""
    cells = [cell for cell in data.summary.cells if cell.value is not None]
    if not cells:
        raise RunError("there is no result yet to be exported", where=str(data.path))
    files = {
        SMALLER: [_entry(data, cell) for cell in cells if not labels.more_is_better(cell)],
        BIGGER: [_entry(data, cell) for cell in cells if labels.more_is_better(cell)],
    }
    files = {name: entries for name, entries in files.items() if entries}
    tools = {SMALLER: "tool: customSmallerIsBetter", BIGGER: "tool: customBiggerIsBetter"}
    what = "Results for github-action-benchmark; each file goes to the tool named beside it."
    return {
        **{name: json.dumps(one, indent=1, ensure_ascii=False, allow_nan=False) + "\n" for name, one in files.items()},
        "about.txt": labels.index_text(data, what, {name: tools[name] for name in files}),
    }


def _entry(data: ReportData, cell: Cell) -> dict[str, object]:
    name = counted.marked(data, f"{labels.place(cell)} {labels.metric(cell)}")
    unit = f"{cell.unit} per {words.per(cell.load)}" if cell.metric == words.INSTRUCTIONS else cell.unit
    entry = {"name": name, "value": cell.value, "unit": unit}
    if words.unit_shown(cell.metric, cell.unit) == "share" and cell.value is not None:
        entry |= {"value": cell.value * 100, "unit": "%"}
    if cell.ratio is not None and cell.method != "baseline" and cell.verdict != "unsupported":
        entry["range"] = f"{verdicts.overhead_with_interval(cell)} against {data.baseline}".replace(words.JOIN, " ")
    said = ["the host itself" if cell.network == data.baseline else verdicts.verdict(cell, counted=data.counted)]
    said += [words.count(cell.n, "layout" if data.counted else "block")]
    said += [words.count(cell.samples, "sample")] if cell.samples else []
    kernel = data.run.environment.get("kernel")
    said += [kernel] if kernel else []
    said += [counted.short(data)] if data.counted else []
    return {**entry, "extra": "\n".join(said).replace(words.JOIN, " ")}


FORMAT = Format(
    "github-action-benchmark", "github-action-benchmark/", "two files for github-action-benchmark, by direction", render
)
