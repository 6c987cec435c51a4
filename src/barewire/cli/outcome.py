"""What `barewire study` does once a run is begun: conducts it to its end or to an interrupt, and tells what came of it.

The summary and the reports are written either way. A study over conditions does the same for each of its runs. The machine's
settings are put back before anything is told, because telling may wait for whoever reads.
"""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from barewire import report
from barewire.cli.progress import Display
from barewire.errors import BarewireError, MeasurementError, RunError
from barewire.kernel.tuning.hold import Hold
from barewire.networks.network import Network
from barewire.study import conditions, conduct
from barewire.study.loads import Site
from barewire.study.run import RunDirectory

if TYPE_CHECKING:
    from barewire.compare.answer import Answer


def conduct_run(
    display: Display,
    run: RunDirectory,
    site: Site,
    networks: dict[str, Network],
    hold: Hold,
    json: str | None,
    exports: Sequence[str],
) -> None:
    """One run; MeasurementError when it ends incomplete, KeyboardInterrupt when it was interrupted."""
    interrupted = False
    with run, display.running(run, site):
        try:
            conduct.conduct(run, site, networks, display)
        except KeyboardInterrupt:
            interrupted = True
        hold.release()
        for name in ("html", *exports):
            _export(run, name)
    summary = _summary(run)
    _print(run.path, summary, json)
    if interrupted:
        print(f"barewire: interrupted; go on with: barewire study --resume {run.path}", file=sys.stderr)
        raise KeyboardInterrupt
    if not summary["complete"]:
        raise MeasurementError(
            "the study is incomplete",
            said=f"{summary['rejected']} trials were rejected, some of them three times over",
            remedy=f"Look at the rejected trials in {run.path / 'report.html'}",
        )


def conduct_conditions(
    display: Display,
    path: Path,
    found: Sequence[conditions.Condition],
    hold: Hold,
    json: str | None,
    exports: Sequence[str],
) -> None:
    """As `conduct_run`, for every condition of the study at `path`."""
    interrupted = False
    first, *others = [(one.run, one.site) for one in found]
    with display.running(*first, *others):
        try:
            conditions.conduct_all(found, hold, display)
        except KeyboardInterrupt:
            interrupted = True
        hold.release()
        for one in found:
            for name in ("html", *exports):
                _export(one.run, name)
    summaries = {one.name: _summary(one.run) for one in found}
    compared = _compared([one.run.path for one in found])
    if json is not None:
        from barewire.compare.document import document

        comparison = document(compared) if compared else None
        _write({"schema": "barewire/study-summary/1", "conditions": summaries, "comparison": comparison}, json)
    if json != "-":
        for one in found:
            print(f"\nUnder {one.name} ({one.run.path}):\n")
            _print(one.run.path, summaries[one.name], None)
        if compared:
            print(f"\nWhat {' and '.join(one.name for one in found[1:])} changed against {found[0].name}:\n")
            _print_comparison(compared)
    if interrupted:
        print(f"barewire: interrupted; go on with: barewire study --resume {path}", file=sys.stderr)
        raise KeyboardInterrupt
    incomplete = [name for name, summary in summaries.items() if not summary["complete"]]
    if incomplete:
        raise MeasurementError(
            f"the study is incomplete under {' and '.join(incomplete)}",
            said="some trials were rejected three times over",
            remedy=f"Look at the rejected trials in the reports below {path}",
        )


def _compared(paths: Sequence[Path]) -> Answer | None:
    """The conditions against the first; None, and said, where a partial study leaves nothing to compare."""
    from barewire.compare import answer as comparing

    try:
        return comparing.compared(paths, "tuning", ())
    except BarewireError as error:
        print(f"barewire: the conditions were not compared: {error}", file=sys.stderr)
        return None


def _print_comparison(found: Answer) -> None:
    from barewire.compare import table

    if sys.stdout.isatty():
        table.show(found, Console())
    else:
        print(table.plain(found), end="")


def _summary(run: RunDirectory) -> dict[str, Any]:
    read: dict[str, Any] = json_format.loads((run.path / "summary.json").read_text())
    return read


def _export(run: RunDirectory, format: str) -> None:
    """Write a format into the run; one that a partial run has nothing for is said and left out."""
    try:
        for name, content in report.files(run.path, format):
            (run.path / name).parent.mkdir(exist_ok=True)
            run.write(name, content)
    except RunError as error:
        print(f"barewire: {format} was not written: {error}", file=sys.stderr)


def _print(path: Path, summary: Mapping[str, Any], json: str | None) -> None:
    if json is not None:
        _write(summary, json)
    if json == "-":
        return
    if sys.stdout.isatty():
        report.show(path, Console())
    else:
        print(report.render(path, "text"))


def _write(document: Mapping[str, Any], json: str) -> None:
    """The document to a file, or to standard output with `-`."""
    text = json_format.dumps(document, indent=1)
    if json == "-":
        print(text)
        return
    try:
        Path(json).write_text(text + "\n")
    except OSError as error:
        raise RunError(f"cannot write {json}", said=error.strerror or str(error)) from error
