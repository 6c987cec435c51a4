"""What `barewire study` does with its options: a new study, a dry run, or an interrupted study that goes on.

Apart from the options themselves (`cli.study`), because everything that a study needs takes half a second to import, and
`--help` and the shell's completion need none of it.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from barewire import report
from barewire.cli import added, outcome
from barewire.cli.progress import Display, show_plan
from barewire.errors import MeasurementError
from barewire.kernel.tuning.hold import Hold
from barewire.kernel.tuning.setting import Tree
from barewire.runs.clock import ADDED
from barewire.study import conditions, conduct, kernels, places, study_file
from barewire.study.added import lacking
from barewire.study.plan_file import load_plan, plan_of
from barewire.study.run import RunDirectory, default_path
from barewire.study.tuned import profile_of, tune
from barewire.tuning import find


def run(
    plan: Path | None,
    options: Mapping[str, object],
    *,
    out: Path | None,
    resume: Path | None,
    json: str | None,
    export: str | None,
    dry_run: bool,
) -> None:
    """Do what was asked; `options` are those of the plan, by its keys, None where not given."""
    quick, seed = bool(options["quick"]), options["seed"]
    # Looked up now, so that a wrong name is refused before the study and not after it.
    exports = [report.find(name.strip()).name for name in export.split(",") if name.strip()] if export else []
    if json is not None and json != "-":
        report.prepare(Path(json))
    if resume is not None:
        _resume(resume, json, exports)
        return
    loaded = load_plan(plan, options)
    if dry_run:
        with places.opened(loaded, places.image(loaded, loaded.kernel[0], _say), _say) as place:
            fitted, found, taken = conduct.describe(conditions.share(loaded), place)
        whole = fitted.model_copy(update={"tune": loaded.tune, "kernel": loaded.kernel, "budget": loaded.budget})
        show_plan(whole, found, taken * len(loaded.tune) * len(loaded.kernel), as_json=json == "-")
        without = [candidate.network.name for candidate in found if candidate.lacking]
        added.announced(loaded, without, out or Path("RUN"), _say, quick=quick)
        return
    now = datetime.now(UTC)
    path = out or default_path(loaded.seed, now)
    created = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    # A drawn seed belongs to the command that repeats the study.
    line = shlex.join(["barewire", *sys.argv[1:], *([] if seed is not None else ["--seed", str(loaded.seed)])])
    if len(loaded.kernel) > 1:
        with _held() as hold, kernels.begun(loaded, path, line, created, _say) as study:
            outcome.conduct_kernels(path, study, hold, _say, json, exports)
        return
    display = Display()
    more, failed = False, None
    found_image = places.image(loaded, loaded.kernel[0], _say)
    with _held() as hold, places.opened(loaded, found_image, _say) as place:
        if len(loaded.tune) > 1:
            with conditions.begun(loaded, place, path, line, created, display, hold) as begun:
                outcome.conduct_conditions(display, path, begun, hold, json, exports)
        else:
            tuning = tune(find(loaded.tune[0]), hold, place)
            opened = conduct.begin(loaded, place, path, line, created, display, tuning)
            more = added.announced(loaded, lacking(opened[0].record), path, _say, quick=quick)
            if more:
                added.expect(path)
            try:
                outcome.conduct_run(display, *opened, hold, json, exports)
            except MeasurementError as error:
                failed = error
    if more:
        added.measure(loaded, path, created, _held, _say, json, exports, quick=quick)
    if failed:
        raise failed


def _resume(path: Path, json: str | None, exports: list[str]) -> None:
    """Go on with the study at `path`, and then with the counted one that was to follow it."""
    failed = None
    try:
        _resume_one(path, json, exports)
    except MeasurementError as error:
        failed = error
    if added.is_begun(path):
        try:
            _resume_one(path / ADDED, None, exports, told=json != "-")
        finally:
            outcome.report_again(path)
    elif added.is_expected(path):
        record = RunDirectory.open(path).record
        quick = "--quick" in shlex.split(record["command"])
        plan = plan_of(record["plan"], str(path / "run.json"))
        added.measure(plan, path, record["created"], _held, _say, json, exports, quick=quick)
    if failed:
        raise failed


def _resume_one(path: Path, json: str | None, exports: list[str], *, told: bool = True) -> None:
    display = Display()
    if study_file.are_at(path) and study_file.factor(study_file.read(path)) == study_file.KERNEL:
        with _held() as hold:
            outcome.conduct_kernels(path, kernels.resumed(path), hold, _say, json, exports)
        return
    several = study_file.are_at(path)
    if several:
        plan, record = conditions.recorded(path)
    else:
        record = RunDirectory.open(path).record
        plan = plan_of(record["plan"], str(path / "run.json"))
    with _held() as hold, places.opened(plan, places.image_again(plan, record, _say), _say) as place:
        if several:
            with conditions.resumed(path, place, display, hold) as resumed:
                outcome.conduct_conditions(display, path, resumed, hold, json, exports)
        else:
            tuning = tune(profile_of(record, str(path / "run.json")), hold, place)
            outcome.conduct_run(display, *conduct.resume(path, place, tuning), hold, json, exports, told=told)


def _say(line: str) -> None:
    print(f"barewire: {line}", file=sys.stderr, flush=True)


@contextmanager
def _held() -> Iterator[Hold]:
    """This machine's settings, put back when the study is over; what could not be put back is said."""
    hold = Hold(Tree())
    try:
        with hold:
            yield hold
    finally:
        for one in hold.left:
            print(f"barewire: {one.entry.name} was {one.entry.before} and stays: {one.detail}", file=sys.stderr)
