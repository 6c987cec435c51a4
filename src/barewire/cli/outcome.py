"""What `barewire study` prints and writes when a study has ended or was interrupted.

Reports are written while the directory of a run is still locked; what is printed comes after the machine's settings are put
back, because a terminal may block.
"""

from __future__ import annotations

import json as json_format
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from barewire import render
from barewire.errors import BarewireError, MeasurementError, UsageError
from barewire.render import study as overview
from barewire.render.comparison.headline import headline
from barewire.render.run import data
from barewire.render.run.answer import answer as answer_of
from barewire.render.run.data import ReportData
from barewire.render.terminal import new_console
from barewire.results import answer
from barewire.results.clock import ADDED
from barewire.study.execution import study_file
from barewire.study.execution.run import RUN, RunDirectory
from barewire.study.execution.session import StudyEnd

if TYPE_CHECKING:
    from barewire.render.study.whole import Whole

INTERRUPTED = 130
_CODES: Mapping[answer.StudyVerdict, int] = {
    "concluded": 0,
    "incomplete": MeasurementError.exit_code,
    "no conclusion": MeasurementError.exit_code,
}
"""Without a conclusion the answer, which is printed last, says why and what to do."""

_UNDER = {study_file.TUNE: "Under", study_file.KERNEL: "On Linux", study_file.PAIR: "For the pair"}


def conclude(ended: StudyEnd, json: str | None, exports: Sequence[str], offer: Sequence[str] = ()) -> None:
    """Print what a study came to, its answer last; ends the program with the code of an incomplete or interrupted study.
    `offer` is what else could be measured."""
    if ended.factor is None:
        _conclude_run(ended, json, offer)
        return
    if ended.failure:
        print(f"barewire: {ended.failure}", file=sys.stderr)
    _conclude_conditions(ended, ended.factor, json, exports)
    if ended.failure:
        raise typer.Exit(ended.failure.exit_code)


def _conclude_run(ended: StudyEnd, json: str | None, offer: Sequence[str]) -> None:
    path = ended.path
    found = data.load(path)
    for line in offer:
        print(line, file=sys.stderr)
    code = _exit_code(
        ended,
        answer.verdict([found.summary]),
        MeasurementError(
            "the study is incomplete",
            said=f"{found.summary.rejected} trials were rejected, some of them three times over",
            remedy=f"Look at the rejected trials in {path / 'report.html'}",
        ),
    )
    if json is not None:
        _write(json_format.loads(found.summary_text), json)
    if json != "-":
        _print(found)
        _print_answer(found)
    if code:
        raise typer.Exit(code)


def _exit_code(ended: StudyEnd, verdict: answer.StudyVerdict, incomplete: MeasurementError) -> int:
    """The code for what a study came to, after the line that says what is missing, if anything is."""
    code = _CODES[verdict]
    if ended.interrupted:
        code = INTERRUPTED
        print(
            f"barewire: interrupted; go on with: barewire study --resume {shlex.quote(str(ended.path))}",
            file=sys.stderr,
        )
    elif verdict == "incomplete":
        print(f"barewire: {incomplete}", file=sys.stderr)
    sys.stderr.flush()
    return code


def _conclude_conditions(ended: StudyEnd, factor: study_file.Factor, json: str | None, exports: Sequence[str]) -> None:
    """Print every condition's run and, last, what changed from the first to the others."""
    path, done = ended.path, ended.runs
    reports = {name: data.load(run) for name, run in done.items()}
    found = overview.load(path)
    for name in dict.fromkeys(("html", *exports)):
        _export_whole(found, name)
    if found.hindrance and len(done) > 1:
        print(f"barewire: the conditions were not compared: {found.hindrance}.", file=sys.stderr)
    if json is not None:
        from barewire.render.study.formats.json import document

        _write(document(found), json)
    incomplete = [name for name, one in reports.items() if not one.summary.complete]
    code = _exit_code(
        ended,
        answer.verdict(one.summary for one in reports.values()),
        MeasurementError(
            f"the study is incomplete {_UNDER[factor].lower()} {' and '.join(incomplete)}",
            said="some trials were rejected three times over",
            remedy=f"Look at the rejected trials in the reports below {path}",
        ),
    )
    if json != "-":
        for name, run in done.items():
            print(f"\n{_UNDER[factor]} {name} ({run}):\n")
            _print(reports[name])
        print(f"\nAll together: {path / render.STUDY.find('html').file_name}")
        if found.answer:
            first, *others = [one.name for one in found.conditions if one.ended]
            print(f"\nWhat {' and '.join(others)} changed against {first}:\n")
            render.emit(render.COMPARISON.find("text"), found.answer)
            print(f"\n{headline(found.answer.pairings[-1].comparison)}")
    if code:
        raise typer.Exit(code)


def _export_whole(study: Whole, format: str) -> None:
    """As `_export`, of a study over conditions; formats that only a run has are left to its runs."""
    if format not in render.STUDY.names():
        return
    try:
        for name, content in render.STUDY.find(format).files(study):
            render.write(content, study.path / name)
    except BarewireError as error:
        print(f"barewire: {format} was not written: {error}", file=sys.stderr)


def write_reports(run: RunDirectory, exports: Sequence[str]) -> None:
    """Write the page of a run, and `exports`."""
    for name in ("html", *exports):
        _export(run, name)


def report_beside(path: Path) -> None:
    """Write the page of the run that a counted run at `path` belongs to again: it links to it."""
    if path.name == ADDED and (path.parent / RUN).exists():
        report_again(path.parent)


def report_again(path: Path) -> None:
    """Write the page of a run that has ended again."""
    with RunDirectory.open(path, write=True) as run:
        write_reports(run, ())


def _export(run: RunDirectory, format: str) -> None:
    """Write a format into the run; one that a partial run has nothing for is said and left out."""
    try:
        for name, content in render.files(run.path, format):
            (run.path / name).parent.mkdir(exist_ok=True)
            run.write(name, content)
    except UsageError as error:  # a run without what the format needs, or a machine without a font
        print(f"barewire: {format} was not written: {error}", file=sys.stderr)


def _print(found: ReportData) -> None:
    render.emit(render.find("text"), found)
    if not sys.stdout.isatty():
        print()


def _print_answer(found: ReportData) -> None:
    """The sentence that the study was made for: the tables above it have scrolled it away."""
    console = new_console(highlight=False, soft_wrap=not sys.stdout.isatty())
    console.print(Text(f"\n{answer_of(found).headline}", style="bold" if sys.stdout.isatty() else ""))


def _write(document: Mapping[str, object], json: str) -> None:
    """The document to a file, or to standard output with `-`."""
    text = json_format.dumps(document, indent=1)
    if json == "-":
        print(text)
        return
    render.write(text + "\n", Path(json))
