"""The summary of a run as its trials have it now.

`summary.json` is written when a study ends, so a study that was killed has none, and a run that went on after its summary has
one of earlier trials. The summary records which trials it was made from (`trials`: their number and a digest of their lines). A
reader compares that with `trials.ndjson`; what does not fit is made again in memory, by the code that wrote the file, and a
note says so. A summary that records no trials is of an earlier version, whose verdicts mean something else, and is made again
as well, and so is one that is damaged. Nothing is written here: a reader has no lock, and the directory may belong to a study
that is running.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from barewire.errors import RunError
from barewire.records import Fingerprint, Summary, plain
from barewire.results import reading
from barewire.results.analysis import Run
from barewire.results.precision import stopping
from barewire.results.reading import Files
from barewire.results.summary import summarise


@dataclass(frozen=True, slots=True)
class Current:
    """A run's summary as a record and as the text of its JSON document; None and empty where no trial is whole. `note` says if
    it is not the file's."""

    summary: Summary | None
    text: str
    note: str = ""


def summary_of(run: Run, lines: Sequence[bytes]) -> Summary:
    """`summary.json` of these trials; `lines` are theirs in `trials.ndjson`, without line feeds."""
    made = summarise(run, stopping.confidence(run))
    return replace(made, stopping=stopping.record(run), trials=fingerprint(lines))


def fingerprint(lines: Sequence[bytes]) -> Fingerprint:
    """Which trials these are: how many, and a digest of their lines."""
    digest = blake2b(digest_size=16)
    for line in lines:
        digest.update(line + b"\n")
    return Fingerprint(len(lines), digest.hexdigest())


def text_of(made: Summary) -> str:
    """A summary as it is written."""
    return json.dumps(plain(made), allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def current(files: Files) -> Current:
    """The summary of the trials that are in the run now. Where none can be made of them, `note` says why: a summary of other
    trials is no substitute."""
    there = files.summary_text
    if there and not files.lines:
        # Somebody kept the small files only; there is nothing to make another from.
        kept = files.summary or reading.parse_summary(there, files.path)
        return Current(kept, there.decode(), _note_of_none(files, kept))
    if files.summary and files.summary.trials == fingerprint(files.lines):
        return Current(files.summary, there.decode())
    if not files.lines:
        return Current(None, "")
    try:
        made = remade(files)
    except RunError as error:
        return Current(None, "", f"No summary can be made of the {len(files.lines)} trials in trials.ndjson: {error}")
    return Current(made, text_of(made), _note(files))


def remade(files: Files) -> Summary:
    """The summary made again from the trials of a run; `RunError` where they make no sense together."""
    try:
        return summary_of(files.analysed(), files.lines)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise not_summable(str(files.path), error) from error


def not_summable(where: str, error: Exception) -> RunError:
    """The error of a run whose values are each of the right type and together make no sense."""
    return RunError(
        "the run cannot be summed up",
        where=where,
        said=f"{type(error).__name__}: {error}",
        remedy="Restore run.json and trials.ndjson as barewire has written them",
    )


def _note_of_none(files: Files, kept: Summary) -> str:
    """That the trials of a summary are gone; where the whole file is, the reader of the run has said it."""
    if not kept.trials or not kept.trials.count or not os.path.exists(files.path / "trials.ndjson"):  # noqa: PTH110
        return ""
    return (
        f"trials.ndjson is empty; this is what summary.json has of {kept.trials.count} trials, which cannot be checked."
    )


def _note(files: Files) -> str:
    trials = f"{len(files.lines)} trials in trials.ndjson"
    if files.summary_error:
        return f"summary.json cannot be read ({files.summary_error}); this summary is made again from the {trials}."
    if not files.summary_text:
        return f"There is no summary.json (the study did not reach its end); this summary is made from the {trials}."
    if files.summary and files.summary.trials:
        return (
            f"summary.json is of {files.summary.trials.count} trials and not of the {trials}; "
            "this summary is made again from those."
        )
    return (
        "summary.json does not record its trials (an earlier version wrote it); "
        f"this summary is made again from the {trials}."
    )
