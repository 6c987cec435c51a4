"""Every run below a directory, in time order, each once; what is left out is named.

A copy of a run (an artifact that was unpacked twice, a backup) is the same run: counted again it would be a repetition that never
happened. Two directories hold one run if they were begun at the same time with the same seed and have the same first trial; the
one with more trials stands for both. A directory that may not be entered, a damaged run, one without a trial: none of them may
hide the others, and none may disappear without a word.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from barewire.errors import RunError
from barewire.records import Summary, plain
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
    """Equal for a run and its copies, also for one that was copied before it was complete, or whose lines were sorted or written
    anew by another program."""
    first = min(files.trials, key=lambda trial: trial.trial, default=None)
    return files.run.created, files.run.seed, json.dumps(plain(first), sort_keys=True) if first else ""


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

    found = []
    for path, folders, files in os.walk(folder, onerror=closed):
        if "run.json" in files:
            found.append(Path(path))
        # A link may lead above this directory, so only one to a run itself is followed.
        for link in (one for name in folders if os.path.islink(one := Path(path, name))):  # noqa: PTH114
            if os.path.isfile(link / "run.json"):  # noqa: PTH113 # Path.is_file raises where it may not be entered
                found.append(link)
            else:
                notes.append(f"Left out {link}: it is a link to a directory, which is followed only if that is a run.")
    return sorted(found)
