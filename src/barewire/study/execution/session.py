"""A study to be run: begun from a plan, or resumed from its directory.

`Session.begin` and `Session.resume` check everything that can be checked without measuring: the directory, the kernels, the
programs, whether the networks fit the lab. So what was typed wrongly is refused before anybody waits for a machine to become
quiet. `run` measures, until the study ends or is interrupted. A study is one run, or one run for each of several tunings (their
blocks in turns) or kernels (one after another); a caller need not know which.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from barewire.errors import BarewireError
from barewire.kernel.tuning.hold import Hold
from barewire.records import PreflightRecord, RunRecord
from barewire.results import reading
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import conditions, conduct, extend, kernels, study_file, survey, testbeds
from barewire.study.execution.conduct import OpenRun
from barewire.study.execution.loads import Site
from barewire.study.execution.run import RUN, RunDirectory
from barewire.study.execution.source import CandidateSource
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.testbed import Testbed
from barewire.testbeds.vm.kernels import Image
from barewire.tuning import find
from barewire.tuning.applied import profile_of, tune


class SessionProgress(conditions.ConditionsProgress, Protocol):
    """Progress callbacks of a whole study."""

    def running(
        self, run: RunDirectory, site: Site, *others: tuple[RunDirectory, Site]
    ) -> AbstractContextManager[None]: ...
    def ended(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a session needs of its caller: the hold on this machine's settings, progress for each run, a line to print, and what
    to do with a run that has ended (`report`), while its directory is still locked."""

    hold: Hold
    progress: Callable[[], SessionProgress]
    say: testbeds.Say
    report: Callable[[RunDirectory], None]


@dataclass(slots=True)
class StudyEnd:
    """How a study ended. `runs` are the directories of its runs by condition (of a single run the name is empty); `failure` is
    the error of a kernel after others were measured."""

    path: Path
    factor: study_file.Factor | None = None
    runs: dict[str, Path] = field(default_factory=dict)
    interrupted: bool = False
    failure: BarewireError | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new study is begun with."""

    plan: StudyPlan
    path: Path
    command: str
    created: str
    images: Sequence[Image | None]


class Session(ABC):
    """A study that can be run. `plan` is that of all its runs together."""

    plan: StudyPlan
    path: Path

    @staticmethod
    def begin(plan: StudyPlan, path: Path, command: str, created: str, say: testbeds.Say) -> Session:
        """A new study at `path`; UsageError or PrerequisiteError for what it cannot be begun with."""
        RunDirectory.refuse(path)
        if plan.in_cluster:
            return _GivenSession(plan, path, new=Beginning(plan, path, command, created, ()))
        if plan.with_peer:
            from barewire.study.execution.sources import peer

            peer.require_here(plan)
            return _GivenSession(plan, path, new=Beginning(plan, path, command, created, ()))
        survey.refuse_misfits(plan)
        survey.require_programs(plan)
        new = Beginning(plan, path, command, created, testbeds.images(plan, say))
        if len(plan.kernel) > 1:
            return _KernelsSession(plan, path, new=new)
        several = len(plan.tune) > 1 or len(plan.topologies) > 1
        return (_TuningsSession if several else _RunSession)(plan, path, new=new)

    @staticmethod
    def resume(path: Path, blocks: int | None = None) -> Session:
        """The study at `path`, with `blocks` blocks if given; RunError for a damaged or foreign one."""
        if blocks is not None:
            extend.check_all(path, blocks)
        if not study_file.are_at(path):
            begun = reading.run_record(path, write=True)
            plan = plan_of(begun.plan, str(path / RUN))
            kind = _GivenSession if plan.in_cluster or plan.with_peer else _RunSession
            return kind(plan, path, record=begun, blocks=blocks)
        plan, record = conditions.recorded(path)
        if study_file.read(path).factor == study_file.KERNEL:
            return _KernelsSession(plan, path, resumed=kernels.resumed(path), blocks=blocks)
        return _TuningsSession(plan, path, record=record, blocks=blocks)

    def run(self, around: Surroundings, preflight: PreflightRecord | None) -> StudyEnd:
        """Measure what is left; an interrupt ends the study early, with a summary and reports of what there is."""
        ended = StudyEnd(self.path)
        if (blocks := self.blocks) is not None:
            extend.extend(self.path, blocks)
        self._measure(around, preflight, ended)
        return ended

    blocks: int | None

    @abstractmethod
    def _measure(self, around: Surroundings, preflight: PreflightRecord | None, ended: StudyEnd) -> None: ...


@dataclass(frozen=True)
class _OneRecord(Session):
    """A study that is new, or that has begun with `record`, a `run.json`."""

    plan: StudyPlan
    path: Path
    new: Beginning | None = None
    record: RunRecord | None = None
    blocks: int | None = None


class _GivenSession(_OneRecord):
    """A study of what is there: a cluster, or a peer's addresses."""

    @contextmanager
    def _source(
        self, say: testbeds.Say, preflight: PreflightRecord | None
    ) -> Iterator[tuple[CandidateSource, PreflightRecord | None]]:
        """The source of candidates, and the pre-flight of its machines."""
        if self.plan.in_cluster:
            from barewire.study.execution.sources import kubernetes  # its client is an optional dependency

            with kubernetes.opened(self.plan, say) as cluster:
                yield cluster, cluster.preflight() if self.new else None
            return
        from barewire.study.execution.sources import peer  # its connection takes asyncio and ssl

        with peer.opened(self.plan, say) as addresses:
            yield addresses, preflight

    def _measure(self, around: Surroundings, preflight: PreflightRecord | None, ended: StudyEnd) -> None:
        progress = around.progress()
        ended.runs[""] = self.path
        with self._source(around.say, preflight) as (source, found):
            if new := self.new:
                opened = conduct.begin(
                    self.plan, source, self.path, new.command, new.created, progress, preflight=found
                )
            else:
                opened = conduct.resume(self.path, source)
            with opened.run as run, progress.running(run, opened.site):
                try:
                    conduct.conduct(opened, progress)
                except KeyboardInterrupt:
                    ended.interrupted = True
                around.report(run)
        progress.ended()


class _OnOneTestbed(_OneRecord):
    """A study on one testbed."""

    @contextmanager
    def _testbed(self, say: testbeds.Say) -> Iterator[Testbed]:
        image = self.new.images[0] if self.new else testbeds.image_again(self.plan, self.record, say)
        with testbeds.opened(self.plan, image, say) as testbed:
            yield testbed


class _RunSession(_OnOneTestbed):
    """A study of one run."""

    def _measure(self, around: Surroundings, preflight: PreflightRecord | None, ended: StudyEnd) -> None:
        progress = around.progress()
        ended.runs[""] = self.path
        with self._testbed(around.say) as testbed:
            opened = self._open(testbed, around.hold, progress, preflight)
            with opened.run as run, progress.running(run, opened.site):
                try:
                    conduct.conduct(opened, progress)
                except KeyboardInterrupt:
                    ended.interrupted = True
                around.hold.release()
                around.report(run)
        progress.ended()

    def _open(
        self, testbed: Testbed, hold: Hold, progress: SessionProgress, preflight: PreflightRecord | None
    ) -> OpenRun:
        if new := self.new:
            tuned = tune(find(self.plan.tune[0]), hold, testbed)
            source = LabSource(self.plan, testbed, tuned)
            return conduct.begin(
                self.plan, source, self.path, new.command, new.created, progress, tuned, preflight=preflight
            )
        assert self.record is not None
        tuned = tune(profile_of(self.record, str(self.path / RUN)), hold, testbed)
        return conduct.resume(self.path, LabSource(self.plan, testbed, tuned))


class _TuningsSession(_OnOneTestbed):
    """A study over tunings, or over measured pairs."""

    def _measure(self, around: Surroundings, preflight: PreflightRecord | None, ended: StudyEnd) -> None:
        progress = around.progress()
        ended.factor = study_file.PAIR if len(self.plan.topologies) > 1 else study_file.TUNE
        with self._testbed(around.say) as testbed, self._open(testbed, around.hold, progress, preflight) as found:
            first, *others = [(one.run, one.opened.site) for one in found]
            with progress.running(*first, *others):
                try:
                    conditions.conduct_all(found, around.hold, progress)
                except KeyboardInterrupt:
                    ended.interrupted = True
                around.hold.release()
                for one in found:
                    around.report(one.run)
                    ended.runs[one.name] = one.run.path
        progress.ended()

    def _open(
        self, testbed: Testbed, hold: Hold, progress: SessionProgress, preflight: PreflightRecord | None
    ) -> AbstractContextManager[list[conditions.ConditionInForce]]:
        if new := self.new:
            return conditions.begun(
                self.plan, testbed, self.path, new.command, new.created, progress, hold, preflight
            )  # fmt: skip
        return conditions.resumed(self.path, testbed, progress, hold)


@dataclass(frozen=True)
class _KernelsSession(Session):
    """A study over kernels; what one that failed leaves behind is reported before its error."""

    plan: StudyPlan
    path: Path
    new: Beginning | None = None
    resumed: kernels.KernelStudy | None = None
    blocks: int | None = None

    def _measure(self, around: Surroundings, preflight: PreflightRecord | None, ended: StudyEnd) -> None:
        ended.factor = study_file.KERNEL
        if self.resumed is not None:
            self._turns(self.resumed, around, ended)
            return
        new = self.new
        assert new is not None
        with kernels.begun(self.plan, self.path, new.command, new.created, new.images, preflight) as study:
            self._turns(study, around, ended)

    def _turns(self, study: kernels.KernelStudy, around: Surroundings, ended: StudyEnd) -> None:
        for turn in study.turns:
            progress = around.progress()
            progress.condition_begins(turn.name)
            try:
                with study.opened(turn, progress, around.hold, around.say) as opened, opened.run as run:
                    with progress.running(run, opened.site):
                        try:
                            conduct.conduct(opened, progress)
                        except KeyboardInterrupt:
                            ended.interrupted = True
                    ended.runs[turn.name] = turn.path
                    around.report(run)
            except KeyboardInterrupt:
                ended.interrupted = True
            except BarewireError as error:
                ended.failure = error
            if ended.interrupted or ended.failure:
                break
            progress.ended()
        around.hold.release()
        if not ended.runs:
            raise ended.failure or KeyboardInterrupt
