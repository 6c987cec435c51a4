"""What `barewire study` does with its options: a new study, a dry run, or an interrupted study that goes on.

Apart from the options themselves (`cli.study`), because everything that a study needs takes half a second to import, and
`--help` and the shell's completion need none of it.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from barewire import report
from barewire.cli import added, outcome, ready, resuming
from barewire.cli.progress import Display, show_plan
from barewire.errors import UsageError
from barewire.kernel.tuning.hold import Hold
from barewire.kernel.tuning.setting import Tree
from barewire.results.clock import COUNTED
from barewire.study.design import budget, unused
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import added as counted_study
from barewire.study.execution import conditions, conduct, kernels, testbeds
from barewire.study.execution.added import lacking
from barewire.study.execution.run import RunDirectory, default_path
from barewire.study.execution.tuned import tune
from barewire.tuning import find

AUTO = "auto"
"""`--clock auto`: wall where the machine is fit for it, else counted."""


@dataclass(frozen=True, slots=True)
class Output:
    """What is written where: the run directory, the summary as JSON, further formats."""

    path: Path
    json: str | None
    exports: Sequence[str]


def run(
    plan: Path | None,
    options: Mapping[str, object],
    *,
    out: Path | None,
    resume: Path | None,
    json: str | None,
    export: str | None,
    dry_run: bool,
    force: bool = False,
    verbose: bool = False,
) -> None:
    """Do what was asked; `options` are those of the plan, by its keys, None where not given."""
    if resume is not None:
        resuming.refuse(plan, options, out)
    if dry_run:
        _refuse_beside_dry_run(export=export, force=force, verbose=verbose, json=json)
    # Looked up now, so that a wrong name is refused before the study and not after it.
    exports = [report.find(name.strip()).name for name in export.split(",") if name.strip()] if export else []
    if json is not None and json != "-":
        report.prepare(Path(json))
    if resume is not None:
        blocks = options["blocks"]
        assert blocks is None or isinstance(blocks, int)
        if dry_run:
            resuming.show(resume, blocks, json)
            return
        with _held() as hold:
            resuming.resume(resume, blocks, json, exports, hold, _say, _note, force=force, verbose=verbose)
        return
    quick = bool(options["quick"])
    auto = options.get("clock") == AUTO
    options = {**options, "clock": None} if auto else options
    loaded = load_plan(plan, options)
    for line in unused.sentences(loaded, options):
        _note(line)
    if dry_run:
        _show(loaded, out, as_json=json == "-", quick=quick)
        return
    if out is not None:
        RunDirectory.refuse(out)
    with ExitStack() as stack:
        found = stack.enter_context(ready.watched(loaded, _say))
        if found is not None and not found.fit and not force:
            if not auto or counted_study.hindrance():
                ready.stop(found, loaded, quick=quick, resume=False)
            _say(
                f"this machine is {found.sentence()}; so instructions are counted (--clock wall --force measures time)"
            )
            stack.close()
            loaded, found = load_plan(plan, {**options, "clock": COUNTED}), None
        preflight = ready.mention(found, _note, force=force)
        now = datetime.now(UTC)
        written = Output(out or default_path(loaded.seed, now), json, exports)
        _begin(loaded, written, now, preflight, quick=quick, verbose=verbose, seeded=options["seed"] is not None)


def _begin(
    plan: StudyPlan, written: Output, now: datetime, preflight: Mapping[str, Any], *, quick: bool, verbose: bool, seeded: bool
) -> None:  # fmt: skip
    """A new study, from its first line to its answer."""
    path, json, exports = written.path, written.json, written.exports
    created = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    # A drawn seed belongs to the command that repeats the study.
    line = shlex.join(["barewire", *sys.argv[1:], *([] if seeded else ["--seed", str(plan.seed)])])
    if len(plan.kernel) > 1:
        with _held() as hold, kernels.begun(plan, path, line, created, _say, preflight) as study:
            outcome.conduct_kernels(path, study, hold, _say, json, exports, verbose=verbose)
        return
    display = Display(verbose=verbose)
    found_image = testbeds.image(plan, plan.kernel[0], _say)
    with _held() as hold, testbeds.opened(plan, found_image, _say) as testbed:
        if len(plan.tune) > 1:
            with conditions.begun(plan, testbed, path, line, created, display, hold, preflight) as begun:
                outcome.conduct_conditions(display, path, begun, hold, json, exports)
            return
        tuning = tune(find(plan.tune[0]), hold, testbed)
        opened = conduct.begin(plan, testbed, path, line, created, display, tuning, preflight=preflight)
        offer = added.offer(plan, lacking(opened[0].record), path, quick=quick)
        outcome.conduct_run(display, *opened, hold, json, exports, offer=offer)
    outcome.report_beside(path)


def _show(plan: StudyPlan, out: Path | None, *, as_json: bool, quick: bool) -> None:
    """`--dry-run`."""
    if out is not None:
        RunDirectory.refuse(out)
    with testbeds.opened(plan, testbeds.image(plan, plan.kernel[0], _say), _say) as testbed:
        fitted, found, taken = conduct.describe(conditions.share(plan), testbed)
    whole = fitted.model_copy(update={"tune": plan.tune, "kernel": plan.kernel, "budget": plan.budget})
    seconds = taken * len(plan.tune) * len(plan.kernel)
    if said := budget.exceeded(whole, seconds):
        _note(said)
    show_plan(whole, found, seconds, as_json=as_json)
    without = [candidate.network.name for candidate in found if candidate.lacking]
    for line in added.offer(plan, without, out or Path("RUN"), quick=quick):
        print(line, file=sys.stderr)


def _refuse_beside_dry_run(*, export: str | None, force: bool, verbose: bool, json: str | None) -> None:
    given = {"--export": export is not None, "--force": force, "--verbose": verbose}
    names = [name for name, is_given in given.items() if is_given]
    if json not in (None, "-"):
        names.append(f"--json {json}")
    if names:
        raise UsageError(
            f"{', '.join(names)} cannot be given with --dry-run",
            said="nothing is measured and nothing is written",
            remedy="Leave one of them out; --json - prints the plan as JSON",
        )


def _say(line: str) -> None:
    print(f"barewire: {line}", file=sys.stderr, flush=True)


def _note(line: str) -> None:
    """What the reader should know of a study that goes on."""
    print(f"note: {line}", file=sys.stderr, flush=True)


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
