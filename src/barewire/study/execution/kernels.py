"""A study over kernels: the same plan on one kernel after another, each in a VM and a run directory of its own.

    OUT/study.json          which kernels there are
    OUT/6.1/                an ordinary run, as `barewire study --kernel 6.1` would have made it
    OUT/6.12/               another

One VM is alive at a time and kernels take no turns: a boot for each block would cost more than its trials, and what the machine
does meanwhile is in every loss's own host. All have the same seed and, as conditions of one study, the rates and the warm-up that
were found on the first. What an upgrade gains is what `compare` says of the runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from barewire.kernel.tuning.hold import Hold
from barewire.records import ConditionRecord, PreflightRecord, RunCondition, RunRecord, StudyRecord
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import conduct, knees, study_file, testbeds
from barewire.study.execution.conditions import share
from barewire.study.execution.conduct import OpenRun
from barewire.study.execution.run import RUN, RunDirectory
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.vm.kernels import Image
from barewire.tuning import find
from barewire.tuning.applied import profile_of, tune


@dataclass(frozen=True)
class Turn:
    """One kernel of the study."""

    name: str
    path: Path
    plan: StudyPlan
    image: Image


@dataclass(frozen=True)
class KernelStudy:
    """A study over kernels, begun or gone on with."""

    document: StudyRecord
    turns: tuple[Turn, ...]
    preflight: PreflightRecord | None = None

    @contextlib.contextmanager
    def opened(self, turn: Turn, progress: conduct.Progress, hold: Hold, say: testbeds.Say) -> Iterator[OpenRun]:
        """The VM of a turn and its run in it, begun or resumed, for the body of the `with`."""
        with testbeds.opened(turn.plan, turn.image, say) as testbed:
            if (turn.path / RUN).exists():
                record, where = RunDirectory.open(turn.path).record, str(turn.path / RUN)
                tuned = tune(profile_of(record, where), hold, testbed)
                yield conduct.resume(turn.path, LabSource(plan_of(record.plan, where), testbed, tuned))
                return
            names = tuple(one.name for one in self.turns)
            condition = RunCondition(turn.name, names, self.document.study, study_file.KERNEL)
            first = self._first()
            rates = knees.of_record(first) if first else None
            tuned = tune(find(turn.plan.tune[0]), hold, testbed)
            yield conduct.begin(
                turn.plan, LabSource(turn.plan, testbed, tuned), turn.path, self.document.command,
                self.document.created, progress, tuned, condition, rates, first.warmup if first else None,
                self.preflight,
            )  # fmt: skip

    def _first(self) -> RunRecord | None:
        path = self.turns[0].path
        return RunDirectory.open(path).record if (path / RUN).exists() else None


@contextlib.contextmanager
def begun(
    plan: StudyPlan,
    out: Path,
    command: str,
    created: str,
    images: Sequence[Image | None],
    preflight: PreflightRecord | None = None,
) -> Iterator[KernelStudy]:
    """A new study; `images` are its kernels, all there before the first is booted."""
    found = [image for image in images if image is not None]
    entries = [
        ConditionRecord(name, name, kernel=text, release=image.release)
        for name, text, image in zip(_names(plan.kernel, found), plan.kernel, found, strict=True)
    ]
    with study_file.begun(study_file.KERNEL, plan, out, command, created, entries) as document:
        yield replace(_study(document, out, images), preflight=preflight)


def resumed(path: Path) -> KernelStudy:
    """An interrupted study, on the releases that it was begun on; RunError for a damaged or foreign one."""
    document = study_file.read(path)
    return _study(document, path, [None] * len(document.conditions))


def _study(document: StudyRecord, out: Path, images: Sequence[Image | None]) -> KernelStudy:
    plan = plan_of(document.plan, str(out / study_file.STUDY))
    turns = []
    for entry, image in zip(document.conditions, images, strict=True):
        assert entry.kernel is not None and entry.release is not None  # as `study_file.read` has seen
        own = share(plan).model_copy(update={"kernel": (entry.kernel,)})
        turns.append(Turn(entry.name, out / entry.run, own, image or testbeds.image_of(entry.kernel, entry.release)))
    return KernelStudy(document, tuple(turns))


def _names(texts: Sequence[str], images: Sequence[Image]) -> list[str]:
    """A version as it was written; a file by what its kernel calls itself, numbered where two builds call themselves the same."""
    names = [image.release if "/" in text else text for text, image in zip(texts, images, strict=True)]
    return [
        f"{name}_{names[: i + 1].count(name)}" if "/" in texts[i] and names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]
