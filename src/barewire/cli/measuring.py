"""What `barewire study` does with its options: a new study, a dry run, or an interrupted study that goes on.

Apart from the options themselves (`cli.study`), because everything that a study needs takes half a second to import, and
`--help` and the shell's completion need none of it.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from barewire import render
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
from barewire.study.execution import conditions, conduct, testbeds
from barewire.study.execution.added import lacking
from barewire.study.execution.run import RunDirectory, default_path
from barewire.study.execution.session import Session, Surroundings
from barewire.study.execution.source import Candidate
from barewire.study.execution.sources.labs import LabSource
from barewire.units import format_utc

AUTO = "auto"
"""`--clock auto`: wall where the machine is fit for it, else counted."""


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
    """Begin or resume a study and print its results; `options` are those of the plan, by its keys, None where not given."""
    if resume is not None:
        resuming.refuse(plan, options, out)
    if dry_run:
        _refuse_beside_dry_run(export=export, force=force, verbose=verbose, json=json)
    # Looked up now, so that a wrong name is refused before the study and not after it.
    exports = [render.find(name.strip()).name for name in export.split(",") if name.strip()] if export else []
    if json is not None and json != "-":
        render.prepare(Path(json))
    blocks, quick, seed = options.get("blocks"), bool(options.get("quick")), options.get("seed")
    auto = options.get("clock") == AUTO
    options = {**options, "clock": None} if auto else options
    if resume is not None:
        assert blocks is None or isinstance(blocks, int)
        for line in resuming.remarks(resume):
            _note(line)
        if dry_run:
            resuming.show(resume, blocks, json)
            return
        session = Session.resume(resume, blocks)
    else:
        loaded = load_plan(plan, options)
        for line in unused.sentences(loaded, options):
            _note(line)
        if dry_run:
            _show(loaded, out, as_json=json == "-", quick=quick)
            return
        session = _begin(loaded, out, seeded=seed is not None)
    with ExitStack() as stack:
        found = stack.enter_context(ready.watched(session.plan, _say))
        if found is not None and not found.fit and not force:
            if not auto or session.plan.on_machines or session.plan.with_peer or counted_study.hindrance():
                ready.stop(found, session.plan, quick=quick, resume=resume is not None)
            _say(
                f"this machine is {found.sentence()}; so instructions are counted (--clock wall --force measures time)"
            )
            stack.close()
            session = _begin(load_plan(plan, {**options, "clock": COUNTED}), out, seeded=seed is not None)
            found = None
        preflight = ready.mention(found, _note, force=force)
        hold = stack.enter_context(_held())
        ended = session.run(
            Surroundings(hold, lambda: Display(verbose=verbose), _say, lambda run: outcome.write_reports(run, exports)),
            preflight,
        )
    offer: list[str] = []
    if resume is None and ended.factor is None and session.plan.builds_labs and not session.plan.on_machines:
        outcome.report_beside(ended.path)
        without = lacking(RunDirectory.open(ended.path).record)
        offer = added.offer(session.plan, without, ended.path, quick=quick)
    outcome.conclude(ended, json, exports, offer)


def _begin(plan: StudyPlan, out: Path | None, *, seeded: bool) -> Session:
    """A new study of this command."""
    now = datetime.now(UTC)
    # A drawn seed belongs to the command that repeats the study.
    command = shlex.join(["barewire", *sys.argv[1:], *([] if seeded else ["--seed", str(plan.seed)])])
    return Session.begin(plan, out or default_path(plan.seed, now), command, format_utc(now), _say)


def _show(plan: StudyPlan, out: Path | None, *, as_json: bool, quick: bool) -> None:
    """`--dry-run`."""
    if out is not None:
        RunDirectory.refuse(out)
    own = conditions.share(plan)
    if plan.in_cluster:  # nothing is asked of it and nothing made in it
        fitted, found, taken = conduct.describe(own, [Candidate(name) for name in plan.networks])
    elif plan.with_peer:
        from barewire.study.execution.sources import peer

        with peer.opened(plan, _say) as source:
            fitted, found, taken = conduct.describe(own, source.survey())
    else:
        with testbeds.opened(plan, testbeds.image(plan, plan.kernel[0], _say), _say) as testbed:
            labs = LabSource(own, testbed)
            labs.pinning()  # refuses CPUs that are not there
            fitted, found, taken = conduct.describe(own, labs.survey())
    of_all = {"tune": plan.tune, "kernel": plan.kernel, "topology": plan.topology, "budget": plan.budget}
    whole = fitted.model_copy(update=of_all)
    seconds = taken * len(plan.tune) * len(plan.kernel) * len(plan.topologies)
    if said := budget.exceeded(whole, seconds):
        _note(said)
    show_plan(whole, found, seconds, as_json=as_json)
    without = [candidate.name for candidate in found if not candidate.measured]
    for line in [] if plan.with_peer else added.offer(plan, without, out or Path("RUN"), quick=quick):
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
