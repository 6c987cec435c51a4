"""`study.json`: which runs a study over conditions has, below its directory, and what they differ in.

One file for every factor; what an entry says of its condition is the factor's business. It is written before the first run,
so that a study that was interrupted in its first seconds can be gone on with.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2s
from pathlib import Path
from typing import Any, Literal

from barewire import schemas
from barewire.errors import PlanError, RunError
from barewire.results import reading
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import durable
from barewire.study.execution.run import RUN, RunDirectory

STUDY = "study.json"
Factor = Literal["tune", "kernel"]

TUNE: Factor = "tune"
KERNEL: Factor = "kernel"

_SAYS: Mapping[str, Mapping[str, type]] = {
    TUNE: {"tune": str, "definition": dict},
    KERNEL: {"kernel": str, "release": str},
}
"""What an entry has beside `name` and `run`."""


def are_at(path: Path) -> bool:
    """Whether a study over conditions, rather than a run, is there."""
    return (path / STUDY).exists() and not (path / RUN).exists()


def factor(document: Mapping[str, Any]) -> Factor:
    """What its conditions differ in."""
    return KERNEL if document["factor"] == KERNEL else TUNE


@contextlib.contextmanager
def begun(
    factor: Factor, plan: StudyPlan, out: Path, command: str, created: str, entries: Sequence[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """A new `study.json` at `out`; what fails before its first run leaves nothing, so that the corrected command may follow."""
    names = [entry["name"] for entry in entries]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        remedy = "Rename the file of one of them" if factor == TUNE else "Leave one out"
        raise PlanError(f"two {factor}s have the name {twice[0]}".replace("tunes", "tunings"), remedy=remedy)
    RunDirectory.refuse(out)
    document = {
        "schema": f"barewire/study/{schemas.VERSION}",
        "study": blake2s(f"{created} {command} {out}".encode(), digest_size=8).hexdigest(),
        "created": created,
        "command": command,
        "factor": factor,
        "plan": plan.record(),
        "conditions": list(entries),
    }
    write(out, document)
    try:
        yield document
    except BaseException:
        if not any((out / entry["run"]).exists() for entry in entries):
            (out / STUDY).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                out.rmdir()
        raise


def read(path: Path) -> Mapping[str, Any]:
    """The `study.json` at `path`; RunError for one that is damaged or foreign."""
    file = path / STUDY
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            f"{STUDY} cannot be read", where=str(file), said=str(error), remedy="Restore the file"
        ) from error
    if isinstance(document, dict) and document.get("schema") == "barewire/study/1":
        raise reading.earlier(file)
    if not isinstance(document, dict) or document.get("schema") != f"barewire/study/{schemas.VERSION}":
        raise RunError("this is not a study of this barewire", where=str(file), remedy="Upgrade, or give another path")
    entries, says = document.get("conditions"), _SAYS.get(str(document.get("factor")))
    lacking = [*schemas.missing("study", document)]
    whole = says and isinstance(entries, list) and entries and all(_is_entry(entry, says) for entry in entries)
    if lacking or not whole:
        raise RunError(
            f"{lacking[0] if lacking else 'conditions'!r} is missing or wrong",
            where=str(file),
            remedy="Restore the file",
        )
    return document


def write(out: Path, document: Mapping[str, Any]) -> None:
    """Put a `study.json` in its place, as a whole."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        durable.replace(out / STUDY, durable.utf8(json.dumps(document, indent=1, ensure_ascii=False)) + b"\n")
    except OSError as error:
        raise RunError(
            f"the study {out} cannot be written", said=error.strerror or str(error), remedy="Give another --out"
        ) from error


def _is_name(text: object) -> bool:
    return isinstance(text, str) and text not in ("", ".", "..") and "/" not in text


def _is_entry(entry: object, says: Mapping[str, type]) -> bool:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), kind) for key, kind in says.items()):
        return False
    return _is_name(entry.get("name")) and _is_name(entry.get("run"))
