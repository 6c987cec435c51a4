"""The files of a run directory, read and checked: `read` for all of them, `Files.analysed` for what the analysis works on.

Reads the published files and nothing of the study's code, so that any run of the format can be read, also one written
elsewhere. What is damaged is refused with file and line; what is only missing is left empty and said in `notes`. A
trial counts exactly when its line is whole. Histograms are read when they are asked for: most questions need none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from barewire import schemas, workloads
from barewire.errors import RunError
from barewire.records import RunRecord, StudyRecord, Summary, Trial, why
from barewire.results import run_file, upgrade
from barewire.results.analysis import Run
from barewire.results.counts import CountsCache
from barewire.results.repeated import refuse_repeated
from barewire.workloads.generator.histogram import Entry, read_log

MADE_FROM = "trials"
"""The key of summary.json that says which trials it is of."""

_Record = TypeVar("_Record", RunRecord, StudyRecord, Summary, Trial)
_RUN: TypeAdapter[RunRecord] = TypeAdapter(RunRecord)
_SUMMARY: TypeAdapter[Summary] = TypeAdapter(Summary)
_STUDY: TypeAdapter[StudyRecord] = TypeAdapter(StudyRecord)
_TRIAL: TypeAdapter[Trial] = TypeAdapter(Trial)


@dataclass(frozen=True, slots=True)
class Files:
    """A run's files as records. `lines` are the trials' own lines, whole; `summary_text` is summary.json as it is, empty if there
    is none, and `summary` its record, None too if it does not say which trials it is of. Whether it is of these trials
    `results.current` decides. `summary_error` is why one that trials could replace cannot be read."""

    path: Path
    run: RunRecord
    summary: Summary | None
    trials: tuple[Trial, ...]
    lines: tuple[bytes, ...]
    summary_text: bytes
    notes: tuple[str, ...]
    summary_error: str = ""

    def analysed(self) -> Run:
        """What the analysis works on; histograms are read when they are asked for.

        A log that is absent gives no counts (some people keep only the small files of a run); one that is damaged
        raises `RunError`.
        """
        return Run(self.run, self.trials, CountsCache(self.histograms))

    def histograms(self, trial: int) -> list[Entry]:
        """The interval histograms of a trial's logs, none where they are absent; `RunError` for a damaged one."""
        found = {t.trial: t for t in self.trials}.get(trial)
        entries: list[Entry] = []
        for name in sorted({load.histogram for load in found.loads if load.histogram}) if found else ():
            try:
                read = [replace(entry, tag=upgrade.tag(entry.tag)) for entry in read_log(within(self.path, name))]
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                raise unreadable_histograms(trial, self.path / name, error) from error
            assert found is not None
            _check_whole(found, name, read, str(self.path / name))
            entries += read
        return entries


def read(run_path: Path) -> Files:
    """Read the run at `run_path`.

    Raises `RunError`, naming file and line or key, for a directory that is no run, is damaged, or is newer than this.
    """
    file, text = _run_text(run_path)
    run = _checked(_RUN, text, "run", str(file))
    lines, notes = _lines(run_path / "trials.ndjson")
    where = run_path / "trials.ndjson"
    trials = tuple(_checked(_TRIAL, line, "trial", f"{where}, line {i}") for i, line in enumerate(lines, start=1))
    refuse_repeated(trials, str(where))
    text, summary, error = _summary(run_path, bool(lines))
    return Files(run_path, run, summary, trials, lines, text, tuple(notes), error)


def _summary(run_path: Path, is_derived: bool) -> tuple[bytes, Summary | None, str]:
    """`summary_text`, `summary` and `summary_error` of `Files`; a damaged one is an error only where no trial is there."""
    file = run_path / "summary.json"
    if not run_file.is_file(file):
        return b"", None, ""
    try:
        text = run_file.read_file(file)
    except RunError as error:
        if not is_derived:
            raise
        return b"", None, error.said
    if not _made_from(text, str(file)):
        return _latest(text, "summary"), None, ""
    try:
        return _latest(text, "summary"), parse_summary(text, run_path), ""
    except RunError as error:
        if not is_derived:
            raise
        return b"", None, error.said or error.what


def _made_from(text: bytes, where: str) -> bool:
    """Whether a summary says which trials it is of, or is no JSON object at all; earlier versions did not say it, and their
    verdicts had other names."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return True
    if not isinstance(found, dict):
        return True
    check_schema(found.get("schema"), "summary", where)
    return MADE_FROM in found


def parse_summary(text: bytes, run_path: Path) -> Summary:
    """summary.json as a record; `RunError` for one that is damaged or newer than this."""
    return _checked(_SUMMARY, text, "summary", str(run_path / "summary.json"))


def run_record(run_path: Path, *, write: bool = False) -> RunRecord:
    """`run.json`, with every key that a study relies on.

    Raises `RunError` as `read` does, and with `write`, for more trials to follow, for one of an earlier version.
    """
    file, text = _run_text(run_path)
    found = _checked(_RUN, text, "run", str(file))
    if write and _latest(text, "run") != text:
        raise earlier(file)
    _require_whole(text, "run", str(file))
    return found


def study_record(file: Path, *, write: bool = False) -> StudyRecord:
    """A study.json, with every key that a study relies on; raises as `run_record` does."""
    text = run_file.read_file(file)
    found = _checked(_STUDY, text, "study", str(file))
    if write and _latest(text, "study") != text:
        raise earlier(file)
    _require_whole(text, "study", str(file))
    return found


def earlier(file: Path) -> RunError:
    """What to raise where trials should be added to a run of an earlier version."""
    return RunError(
        "it has the format of an earlier barewire, which this one reads and does not continue",
        where=str(file),
        remedy="Continue it with the barewire that began it, or begin a new study",
    )


def trial_record(line: bytes, where: str) -> Trial:
    """A line of trials.ndjson with every key that a study relies on; raises `RunError` as `read` does."""
    found = _checked(_TRIAL, line, "trial", where)
    _require_whole(line, "trial", where)
    return found


def unreadable_histograms(trial: int, where: Path, error: Exception) -> RunError:
    """The histograms of a trial cannot be read: what to raise."""
    said = getattr(error, "strerror", None) or str(error)
    return RunError(
        f"the histograms of trial {trial} cannot be read", where=str(where), said=said, remedy="Restore the file"
    )


def _run_text(run_path: Path) -> tuple[Path, bytes]:
    file = run_path / "run.json"
    if run_file.is_file(file):
        return file, run_file.read_file(file)
    there = run_path.exists()
    what = f"{run_path} is not a barewire run: it has no run.json" if there else f"there is no run {run_path}"
    raise RunError(what, remedy="Give the run directory that a study printed")


def _require_whole(text: bytes, kind: str, where: str) -> None:
    """Raise `RunError` where a record lacks a key that every file of this version has."""
    lacking = schemas.missing(kind, json.loads(_latest(text, kind)))
    if lacking:
        raise _damaged(kind, where, f"{lacking[0]!r} is missing")


def check_schema(said: object, kind: str, where: str) -> None:
    """Raise `RunError` if `said` names something else than a record of this kind, or one that is newer than this."""
    family, _, version = str(said).rpartition("/")
    if family != f"barewire/{kind}" or not version.isdecimal():
        raise RunError(
            f"this is not a {kind} of barewire", where=where, remedy="Give a directory that barewire has written"
        )
    if int(version) > schemas.VERSION:
        raise RunError(
            f"the run was made by a newer barewire (format {said}, this one knows {schemas.VERSION})",
            where=where,
            remedy="Upgrade barewire to read it",
        )


def study(path: Path) -> StudyRecord | None:
    """The study over conditions at `path`; None for a run, or anything else. `RunError` for one that cannot be read, or that
    names a run outside of its directory."""
    file = path / "study.json"
    if not run_file.is_file(file) or (path / "run.json").exists():
        return None
    found = _checked(_STUDY, run_file.read_file(file), "study", str(file))
    try:
        for one in found.conditions:
            within(path, one.run)
    except ValueError as error:
        raise RunError("a study names a run outside of its directory", where=str(file), said=str(error)) from error
    return found


def conditions(path: Path) -> tuple[Path, ...]:
    """The runs of a study over conditions, in its order; of a run, or anything else, the path itself. Raises as `study` does."""
    found = study(path)
    return (path,) if found is None else tuple(within(path, one.run) for one in found.conditions)


def within(run_path: Path, name: str) -> Path:
    """A file of the run by its name in a record; `ValueError` if it leads out of the run's directory."""
    file = (run_path / name).resolve()
    if not file.is_relative_to(run_path.resolve()):
        raise ValueError("it is not within the run")
    return file


def _check_whole(trial: Trial, name: str, entries: Sequence[Entry], where: str) -> None:
    """Raise `RunError` if a log has not the samples that its trial counted: one that was cut between two lines looks whole."""
    counted: Counter[str] = Counter()
    for entry in entries:
        counted[entry.tag] += entry.histogram.count
    for load in trial.loads:
        tag = f"latency/{load.load}/{load.response_bytes}"
        workload = workloads.by_load(load.load)
        asked = load.histogram == name and (workload.timed or workload.closed_loop)
        wanted = load.latency_ns.get("count", 0) if asked else 0
        if wanted and counted[tag] != wanted:
            raise RunError(
                f"the histograms of trial {trial.trial} are not whole", where=where,
                said=f"{counted[tag]} of {wanted:.0f} samples of {tag} are in it", remedy="Restore the file",
            )  # fmt: skip


def _lines(file: Path) -> tuple[tuple[bytes, ...], list[str]]:
    if not run_file.is_file(file):
        return (), ["There is no trials.ndjson: nothing about single trials can be shown."]
    # A trial counts exactly when its line is whole; a kill or a full disk leaves one that does not end.
    *lines, rest = run_file.read_file(file).split(b"\n")
    cut = f"Line {len(lines) + 1} of trials.ndjson was cut off while it was written; it does not count."
    return tuple(lines), [cut] if rest else []


def _checked(adapter: TypeAdapter[_Record], text: bytes, kind: str, where: str) -> _Record:
    try:
        # Strict, so that the analysis, which reads the same bytes, meets numbers where numbers should be.
        record = adapter.validate_json(_latest(text, kind), strict=True)
    except ValidationError as error:
        raise _damaged(kind, _place(text, kind, where), why(error)) from error
    check_schema(record.schema, kind, where)
    return record


def _latest(text: bytes, kind: str) -> bytes:
    """A record as this version writes it; one that is damaged or of this version as it is."""
    old = upgrade.of_json(text, kind)
    return json.dumps(old, ensure_ascii=False).encode("utf-8", "surrogatepass") if old is not None else text


def _place(text: bytes, kind: str, where: str) -> str:
    """Where a file is damaged, with the line if it is no JSON; `RunError` if it is something else than a record of this kind."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return where if kind == "trial" else f"{where}, line {error.lineno}"
    except (ValueError, RecursionError):
        return where
    check_schema(found.get("schema") if isinstance(found, dict) else None, kind, where)
    return where


def _damaged(kind: str, where: str, said: str) -> RunError:
    remedy = "Restore the file, or give a directory that barewire has written"
    return RunError(f"a {kind} cannot be read", where=where, said=said, remedy=remedy)
