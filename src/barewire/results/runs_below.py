"""Every run below a directory, in time order, each once; what is left out is named.

A copy of a run (an artifact that was unpacked twice, a backup) is the same run: counted again it would be a repetition that never
happened. Two directories hold one run if they were begun at the same time with the same seed and have the same first trial; the
one with more trials stands for both. A directory that may not be entered, a damaged run, one without a trial: none of them may
hide the others, and none may disappear without a word.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from barewire.errors import RunError
from barewire.records import Summary
from barewire.results import reading
from barewire.results.current import current
from barewire.results.reading import Files


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run with the summary of its trials."""

    files: Files
    summary: Summary


def below(folder: Path, since: str, notes: list[str]) -> tuple[FoundRun, ...]:
    """The runs below `folder` that were begun at `since` or later; `notes` gets a sentence for each that is left out."""
    read, found, earlier = [], [], 0
    for path in _paths(folder, notes):
        try:
            files = reading.read(path)
        except RunError as error:
            notes.append(f"Left out {path}: {error}")
            continue
        if files.run.created >= since:
            read.append(files)
    for files in _once(sorted(read, key=lambda one: (one.run.created, str(one.path))), notes):
        now = current(files)
        if now.summary is None or not now.summary.cells:
            notes.append(f"Left out {files.path}: {now.note or 'it has no result.'}")
            continue
        if files.summary_text and files.summary is None:
            earlier += 1
        elif now.note:
            notes.append(f"{files.path}: {now.note}")
        found.append(FoundRun(files, now.summary))
    if earlier:
        notes.append(f"{earlier} of the runs were written by an earlier version; their summaries were made again.")
    return tuple(found)


def identity(files: Files) -> tuple[object, ...]:
    """Equal for a run and its copies, also for one that was copied before it was complete."""
    return files.run.created, files.run.seed, files.lines[0] if files.lines else b""


def _once(runs: Sequence[Files], notes: list[str]) -> tuple[Files, ...]:
    kept: dict[tuple[object, ...], Files] = {}
    for one in runs:
        first = kept.setdefault(identity(one), one)
        if first is one:
            continue
        more, less = (one, first) if len(one.lines) > len(first.lines) else (first, one)
        kept[identity(one)] = more
        notes.append(f"Left out {less.path}: it is a copy of {more.path}, and a copy is not another run.")
    return tuple(kept.values())


def _paths(folder: Path, notes: list[str]) -> list[Path]:
    def closed(error: OSError) -> None:
        notes.append(f"Left out {error.filename}: it cannot be entered ({error.strerror}).")

    return sorted(
        Path(path)
        for path, _, files in os.walk(folder, onerror=closed)
        if "run.json" in files
    )  # fmt: skip
