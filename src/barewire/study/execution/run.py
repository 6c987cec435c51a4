"""A run directory: where a study puts every trial before anything is computed from it.

The histogram of a trial is written first and renamed into place, then its line is appended to `trials.ndjson` in one
write and synced: a trial counts exactly when its line is whole. A line that was cut (a full disk, a kill, a power loss)
is recognised because it does not end; it is dropped, said so, and its trial is run again. Everything else is replaced
by rename, so a reader never sees half a file.

One writer at a time: the directory itself is locked (`flock`), which leaves no lock file behind and ends with the
process. Readers do not lock. Limit: `flock` on a network file system may not hold between machines.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from barewire.errors import NO_LOCKS, BarewireError, MeasurementError, RunError
from barewire.records import ExtensionRecord, RunRecord, Summary, Trial, plain
from barewire.results import current, reading
from barewire.results.analysis import Run
from barewire.results.counts import CountsCache
from barewire.results.repeated import refuse_repeated
from barewire.study.execution import durable
from barewire.units import format_utc
from barewire.workloads.generator import histogram

RUN, TRIALS, SUMMARY, HISTOGRAMS = "run.json", "trials.ndjson", "summary.json", "histograms"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE}


def default_path(seed: int, now: datetime | None = None) -> Path:
    """The run directory of a study without `--out`: `barewire-runs/20260101T000000Z-SEED`."""
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return Path("barewire-runs") / f"{moment:%Y%m%dT%H%M%SZ}-{seed}"


def histogram_name(trial: int) -> str:
    """The path of a trial's histogram log within a run, as the trial's loads name it."""
    return f"{HISTOGRAMS}/{trial:04d}.hlog"


class RunDirectory:
    """One run on disk. `record` is `run.json`; `notes` says in sentences what was repaired when it was opened."""

    def __init__(self, path: Path, record: RunRecord, *, lock: int | None = None) -> None:
        self.path = path
        self.record = record
        self.notes: list[str] = []
        self._lock = lock
        self._found = False  # on disk, where anybody may have changed it
        self._trials: list[Trial] = []
        self._counts = CountsCache(self.histograms)

    @classmethod
    def create(cls, path: Path, record: RunRecord) -> RunDirectory:
        """A new run with its `run.json`; `path` must be empty or absent.

        Raises `RunError` if it is not, or cannot be made, and `MeasurementError` on a full disk.
        """
        try:
            cls.refuse(path)
            path.mkdir(parents=True, exist_ok=True)
            lock = durable.lock(path)
        except OSError as error:
            raise _failure(f"the run directory {path} cannot be made", path, error) from error
        try:
            cls.refuse(path)  # again: another study may have taken it in between
            (path / HISTOGRAMS).mkdir()
            durable.replace(path / TRIALS, b"")
            durable.replace(path / RUN, _document(record))  # last: with it the directory is a run
            return cls(path, record, lock=lock)
        except OSError as error:
            _take_back(path)
            os.close(lock)
            raise _failure(f"the run directory {path} cannot be written", path, error, begun=False) from error
        except BarewireError:
            os.close(lock)
            raise

    @staticmethod
    def refuse(path: Path) -> None:
        """Raise `RunError` if a new run cannot go to `path` because something is there; say so before measuring."""
        if os.path.exists(path / RUN):  # noqa: PTH110 # Path.exists raises where a folder above may not be entered
            raise RunError(
                f"{path} already holds a run", remedy=f"Resume it with --resume {path}, or give another --out"
            )
        above = next(one for one in (path, *path.absolute().parents) if os.path.exists(one))  # noqa: PTH110
        said = "" if above.is_dir() else f"{above} is not a directory"
        if not said and not os.access(above, os.W_OK | os.X_OK):
            said = f"this user may not write to {above}"
        if above == path and (said or any(path.iterdir())):
            what = "is there and is not an empty directory" if not said.startswith("this") else "cannot be written"
            raise RunError(f"{path} {what}", said=said, remedy="Give another --out")
        if said:
            raise RunError(
                f"the run directory {path} cannot be made", said=said, remedy="Give an --out that you may write to"
            )

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> RunDirectory:
        """An existing run, read whole; with `write` locked and a cut last line removed.

        Raises `RunError` naming file and line for a directory that is absent, foreign, damaged, newer than this
        barewire, or (with `write`) in use by another study.
        """
        record = reading.run_record(path, write=write)
        lock = None
        try:
            lock = durable.lock(path) if write else None
            run = cls(path, record, lock=lock)
            run._found = True
            run._read_trials(repair=write)
            return run
        except OSError as error:
            if lock is not None:
                os.close(lock)
            raise _failure(f"the run {path} cannot be opened", path, error) from error
        except BarewireError:
            if lock is not None:
                os.close(lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def next_trial(self) -> int:
        """The number (from 1) that the next trial's record must have."""
        return max((trial.trial for trial in self._trials), default=0) + 1

    def trials(self) -> Sequence[Trial]:
        """Every recorded trial, valid or rejected, in the order in which they ran."""
        return tuple(self._trials)

    def append_trial(self, record: Trial, entries: Sequence[histogram.Entry]) -> None:
        """Put a trial on disk for good: its histograms (in `histogram_name`), then its line. Its number is `next_trial`.

        Raises `MeasurementError` on a full disk; then nothing of the trial counts, and the run is as it was.
        """
        if record.trial != self.next_trial:
            raise ValueError(f"trial {record.trial} cannot follow: the next is {self.next_trial}")
        line = (
            durable.utf8(json.dumps(plain(record), allow_nan=False, ensure_ascii=False, separators=(",", ":"))) + b"\n"
        )
        log = self.path / histogram_name(record.trial)
        partial = log.with_name(log.name + ".partial")
        try:
            if entries:
                histogram.write_log(partial, entries)
                durable.into_place(partial, log)
            durable.append(self.path / TRIALS, line)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _failure(f"trial {record.trial} cannot be written", self.path, error) from error
        self._trials.append(reading.trial_record(line, f"{self.path / TRIALS}, line {len(self._trials) + 1}"))

    def histograms(self, trial: int) -> Sequence[histogram.Entry]:
        """The tagged interval histograms of a trial; raises `RunError` if its log is missing or damaged."""
        name = histogram_name(trial)
        try:
            return histogram.read_log(self.path / name)
        except (OSError, ValueError, BarewireError) as error:
            raise reading.unreadable_histograms(trial, self.path / name, error) from error

    def extend(self, blocks: int) -> None:
        """Let the plan have more blocks, and keep in `run.json` that it had fewer."""
        before = self.record.plan["blocks"]
        if blocks == before:
            return
        moment = format_utc(datetime.now(UTC))
        extended = (*self.record.extended, ExtensionRecord(moment, before, blocks, len(self._trials)))
        self.record = replace(self.record, plan={**self.record.plan, "blocks": blocks}, extended=extended)
        self.write(RUN, _document(self.record))

    def data(self) -> Run:
        """What the analysis works on: the trials so far, and their histograms when they are asked for."""
        return Run(self.record, self.trials(), self._counts)

    def summarise(self) -> Summary:
        """Compute `summary.json` from the trials so far, write it, and return it.

        Raises `RunError` where files that were found here have something in them that cannot be summed up: their values
        were checked one by one, but not every sense that they must make together.
        """
        try:
            summary = self._summary()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if not self._found:
                raise  # our own records: a bug, which nobody should take for a damaged file
            raise current.not_summable(str(self.path), error) from error
        self.write(SUMMARY, durable.utf8(current.text_of(summary)))
        return summary

    def _summary(self) -> Summary:
        try:
            *lines, _ = (self.path / TRIALS).read_bytes().split(b"\n")
        except OSError as error:
            raise _failure("the trials cannot be read again", self.path, error) from error
        return current.summary_of(self.data(), lines)

    def write(self, name: str, content: bytes) -> Path:
        """Any other file of the run (a report), replaced as a whole."""
        try:
            durable.replace(self.path / name, content)
        except OSError as error:
            raise _failure(f"{name} cannot be written", self.path, error) from error
        return self.path / name

    def _read_trials(self, *, repair: bool) -> None:
        file = self.path / TRIALS
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            content = b""
        *lines, rest = content.split(b"\n")
        self._trials = [reading.trial_record(line, f"{file}, line {i}") for i, line in enumerate(lines, start=1)]
        refuse_repeated(self._trials, str(file))
        if not rest:
            return
        # No prefix of a JSON object but the whole of it is JSON: then only the line's end was lost.
        try:
            self._trials.append(reading.trial_record(rest, f"{file}, line {len(lines) + 1}"))
        except RunError as error:
            if _is_json(rest):
                raise  # it is whole, and wrong: a newer version, or not ours
            self.notes.append(
                f"{file}, line {len(lines) + 1} was cut off while it was written ({error.said}); "
                "that trial does not count and will be run again."
            )
            if repair:
                durable.truncate(file, len(content) - len(rest))
        else:
            if repair:
                durable.append(file, b"\n")


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _document(record: RunRecord) -> bytes:
    return durable.utf8(json.dumps(plain(record), allow_nan=False, ensure_ascii=False, indent=1)) + b"\n"


def _take_back(path: Path) -> None:
    """Leave an empty directory, which another study may take, of a run that could not be begun."""
    with contextlib.suppress(OSError):
        (path / TRIALS).unlink(missing_ok=True)
        (path / HISTOGRAMS).rmdir()


def _failure(what: str, path: Path, error: OSError, *, begun: bool = True) -> BarewireError:
    said = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        room = "Raise the limit of file sizes (ulimit -f)" if error.errno == errno.EFBIG else "Free some space there"
        remedy = f"{room}, or give an --out elsewhere"
        if begun:
            remedy = f"{room}; nothing recorded before is lost, and --resume {path} goes on"
        return MeasurementError(what, where=str(path), said=said, remedy=remedy)
    if error.errno in NO_LOCKS:
        return RunError(
            what, where=str(path), said=said, remedy="That file system has no locks: give an --out on a local disk"
        )
    if error.errno in _GONE:
        return RunError(what, where=str(path), said=said, remedy="Leave a run where it is while its study is running")
    return RunError(what, where=str(path), said=said, remedy="Give a writable directory")
