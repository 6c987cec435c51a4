"""`study.json`: which runs a study over conditions has, below its directory, and what they differ in.

One file for every factor; what an entry says of its condition is the factor's business. It is written before the first run,
so that a study that was interrupted in its first seconds can be gone on with.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from hashlib import blake2s
from pathlib import Path
from typing import Literal

from barewire import schemas
from barewire.errors import PlanError, RunError
from barewire.records import ConditionRecord, StudyRecord, plain
from barewire.results import reading
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import durable
from barewire.study.execution.run import RUN, RunDirectory

STUDY = "study.json"
Factor = Literal["tune", "kernel", "pair"]

TUNE: Factor = "tune"
KERNEL: Factor = "kernel"
PAIR: Factor = "pair"
"""The pair of pods that is measured: within a rack, and across two."""


def are_at(path: Path) -> bool:
    """Whether a study over conditions, rather than a run, is there."""
    return (path / STUDY).exists() and not (path / RUN).exists()


@contextlib.contextmanager
def begun(
    factor: Factor, plan: StudyPlan, out: Path, command: str, created: str, entries: Sequence[ConditionRecord]
) -> Iterator[StudyRecord]:
    """A new `study.json` at `out`; what fails before its first run leaves nothing, so that the corrected command may follow."""
    names = [entry.name for entry in entries]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        remedy = "Rename the file of one of them" if factor == TUNE else "Leave one out"
        raise PlanError(f"two {factor}s have the name {twice[0]}".replace("tunes", "tunings"), remedy=remedy)
    RunDirectory.refuse(out)
    document = StudyRecord(
        schema=f"barewire/study/{schemas.VERSION}",
        study=blake2s(f"{created} {command} {out}".encode(), digest_size=8).hexdigest(),
        created=created,
        command=command,
        factor=factor,
        plan=plan.record(),
        conditions=tuple(entries),
    )
    write(out, document)
    try:
        yield document
    except BaseException:
        if not any((out / entry.run).exists() for entry in entries):
            (out / STUDY).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                out.rmdir()
        raise


def read(path: Path) -> StudyRecord:
    """The `study.json` at `path`; RunError for one that is damaged or foreign, or of an earlier version."""
    found = reading.study_record(path / STUDY, write=True)
    if not found.conditions or not all(_is_whole(one, found.factor) for one in found.conditions):
        raise RunError("'conditions' is missing or wrong", where=str(path / STUDY), remedy="Restore the file")
    return found


def write(out: Path, document: StudyRecord) -> None:
    """Put a `study.json` in its place, as a whole."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        durable.replace(out / STUDY, durable.utf8(json.dumps(plain(document), indent=1, ensure_ascii=False)) + b"\n")
    except OSError as error:
        raise RunError(
            f"the study {out} cannot be written", said=error.strerror or str(error), remedy="Give another --out"
        ) from error


def _is_name(text: str) -> bool:
    return text not in ("", ".", "..") and "/" not in text


def _is_whole(entry: ConditionRecord, factor: str) -> bool:
    """Whether a condition has its names, and what those of its factor have beside them."""
    known = (entry.kernel, entry.release) if factor == KERNEL else (entry.tune, entry.definition)
    known = (*known, entry.topology) if factor == PAIR else known
    return None not in known and _is_name(entry.name) and _is_name(entry.run)
