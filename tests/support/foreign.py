"""Runs as other people's: names that nobody would choose, metrics that this version does not know, pieces that are gone."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

# What ends a line, a cell, a label, a tag or a path for one reader or another; surrogates cannot be in a JSON file.
odd_names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40) | st.sampled_from(
    ['a"b', "a\nb", "a\r\nb", "a,b", "a;b", "a|b", "a\\b", "../../etc/passwd", "<b>&amp;", "=1+1", "a b\tc", "#x", "`",
     "{}", "é\u2028"]
)  # fmt: skip


def renamed(run: Path, copy: Path, names: Mapping[str, str]) -> Path:
    """A copy of a run whose networks are called otherwise; its histograms are links to the same files."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for file in run.iterdir():
        if file.is_dir():
            shutil.copytree(file, copy / file.name, copy_function=os.link)
        elif file.suffix in (".json", ".ndjson"):
            documents = [json.loads(line) for line in _documents(file)]
            content = [json.dumps(_replaced(one, names)) for one in documents]
            (copy / file.name).write_text("\n".join(content) + "\n")
    return copy


def with_cells(run: Path, *cells: dict[str, Any]) -> None:
    """Add cells to the summary of a run, made from one that it has."""
    file = run / "summary.json"
    summary = json.loads(file.read_text())
    pattern = next(c for c in summary["cells"] if c["network"] != "host" and c["quantile"] == 0.5)
    summary["cells"] += [{**pattern, **cell} for cell in cells]
    file.write_text(json.dumps(summary))


def without_histograms(run: Path) -> None:
    """What a run looks like of which nothing kept its histograms."""
    shutil.rmtree(run / "histograms")
    file = run / "trials.ndjson"
    trials = [json.loads(line) for line in file.read_text().splitlines()]
    for load in (load for trial in trials for load in trial["loads"]):
        load.pop("histogram", None)
    file.write_text("".join(json.dumps(trial) + "\n" for trial in trials))


def _documents(file: Path) -> list[str]:
    text = file.read_text()
    return text.splitlines() if file.suffix == ".ndjson" else [text]


def _replaced(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [_replaced(one, names) for one in value]
        case dict():
            return {key: _replaced(one, names) for key, one in value.items()}
        case _:
            return value
