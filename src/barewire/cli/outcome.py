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
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from barewire import render
from barewire.errors import BarewireError, MeasurementError, UsageError
from barewire.render import study as overview
from barewire.render.comparison.headline import headline
from barewire.render.run import data
from barewire.render.run.answer import answer
from barewire.results.clock import ADDED
from barewire.study.execution import study_file
from barewire.study.execution.run import RUN, RunDirectory
from barewire.study.execution.session import StudyEnd

if TYPE_CHECKING:
    from barewire.render.study.whole import Whole

INTERRUPTED = 130
NO_CONCLUSION = MeasurementError.exit_code
"""No cell of the answer could be decided; the answer, which is printed last, says why and what to do."""

_UNDER = {study_file.TUNE: "Under", study_file.KERNEL: "On Linux"}


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
    summary = _summary(path)
    for line in offer:
        print(line, file=sys.stderr)
    code = 0
    if ended.interrupted:
        code = INTERRUPTED
        print(f"barewire: interrupted; go on with: barewire study --resume {shlex.quote(str(path))}", file=sys.stderr)
    elif not summary["complete"]:
        error = MeasurementError(
            "the study is incomplete",
            said=f"{summary['rejected']} trials were rejected, some of them three times over",
            remedy=f"Look at the rejected trials in {path / 'report.html'}",
        )
        code = error.exit_code
        print(f"barewire: {error}", file=sys.stderr)
    elif not render.concludes(path):
        code = NO_CONCLUSION
    sys.stderr.flush()
    _print(path, summary, json)
    if json != "-":
        _print_answer(path)
    if code:
        raise typer.Exit(code)


def _conclude_conditions(ended: StudyEnd, factor: study_file.Factor, json: str | None, exports: Sequence[str]) -> None:
    """Print every condition's run and, last, what changed from the first to the others."""
    path, done = ended.path, ended.runs
    summaries = {name: _summary(run) for name, run in done.items()}
    found = overview.load(path)
    for name in dict.fromkeys(("html", *exports)):
        _export_whole(found, name)
    if found.hindrance and len(done) > 1:
        print(f"barewire: the conditions were not compared: {found.hindrance}.", file=sys.stderr)
    if json is not None:
        from barewire.render.study.formats.json import document

        _write(document(found), json)
    code = 0
    incomplete = [name for name, summary in summaries.items() if not summary["complete"]]
    if ended.interrupted:
        code = INTERRUPTED
        print(f"barewire: interrupted; go on with: barewire study --resume {shlex.quote(str(path))}", file=sys.stderr)
    elif incomplete:
        error = MeasurementError(
            f"the study is incomplete {_UNDER[factor].lower()} {' and '.join(incomplete)}",
            said="some trials were rejected three times over",
            remedy=f"Look at the rejected trials in the reports below {path}",
        )
        code = error.exit_code
        print(f"barewire: {error}", file=sys.stderr)
    elif not any(render.concludes(run) for run in done.values()):
        code = NO_CONCLUSION
    sys.stderr.flush()
    if json != "-":
        for name, run in done.items():
            print(f"\n{_UNDER[factor]} {name} ({run}):\n")
            _print(run, summaries[name], None)
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


def _summary(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json_format.loads((path / "summary.json").read_bytes())
    return read


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


def _print(path: Path, summary: Mapping[str, Any], json: str | None) -> None:
    if json is not None:
        _write(summary, json)
    if json == "-":
        return
    render.emit(render.find("text"), data.load(path))
    if not sys.stdout.isatty():
        print()


def _print_answer(path: Path) -> None:
    """The sentence that the study was made for: the tables above it have scrolled it away."""
    said = answer(data.load(path))
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    console.print(Text(f"\n{said.headline}", style="bold" if sys.stdout.isatty() else ""))


def _write(document: Mapping[str, Any], json: str) -> None:
    """The document to a file, or to standard output with `-`."""
    text = json_format.dumps(document, indent=1)
    if json == "-":
        print(text)
        return
    render.write(text + "\n", Path(json))
