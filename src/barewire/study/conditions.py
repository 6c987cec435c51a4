"""A study over conditions: the same plan under several tunings, block by block, each in a run directory of its own.

    OUT/study.json          which conditions there are
    OUT/none/               an ordinary run, as `barewire study` without conditions would have made it
    OUT/study-2016/         another

Conditions take turns: within each block every condition comes once, in an order that the seed draws for that block, so that a
machine that drifts drifts for all of them. All have the same seed, so networks follow each other alike in every condition, and
the same rates, shares of the maximum that was searched for once, under the first condition: at another rate another latency
would be no news. What the conditions differ in is what `compare` says of any two runs, paired by block.

Between blocks the machine's settings are changed for the next condition; one that cannot be put in force again as it was ends
the study, because no number of that condition would mean what it says. Limits: a condition is a tuning; those of a study that
stops by its precision stop each for itself.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from pathlib import Path
from typing import Any, Protocol

from barewire import schemas
from barewire.errors import MeasurementError, PlanError, RunError
from barewire.kernel.tuning.hold import Hold
from barewire.networks.network import Network
from barewire.places.place import Place
from barewire.runs.seeds import derived_seed
from barewire.study import conduct, durable
from barewire.study.blocks import PlannedTrial
from barewire.study.loads import Site
from barewire.study.plan import StudyPlan
from barewire.study.plan_file import plan_of
from barewire.study.run import RUN, RunDirectory
from barewire.study.tuned import Tuned, tune
from barewire.tuning import Profile, find
from barewire.tuning.profiles import of_record

STUDY = "study.json"
FACTOR = "tune"


class Progress(conduct.Progress, Protocol):
    """Hears also whose turn it is."""

    def condition_begins(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """One run of the study, open for writing, and its tuning."""

    tuned: Tuned
    run: RunDirectory
    site: Site
    networks: dict[str, Network]

    @property
    def name(self) -> str:
        return self.tuned.profile.name

    @property
    def plan(self) -> StudyPlan:
        return plan_of(self.run.record["plan"], str(self.run.path / RUN))


def share(plan: StudyPlan) -> StudyPlan:
    """The plan of each condition: an equal part of the budget."""
    return plan.model_copy(update={"tune": plan.tune[:1], "budget": plan.budget / len(plan.tune)})


def are_at(path: Path) -> bool:
    """Whether a study over conditions, rather than a run, is there."""
    return (path / STUDY).exists() and not (path / RUN).exists()


@contextlib.contextmanager
def begun(
    plan: StudyPlan, place: Place, out: Path, command: str, created: str, progress: Progress, hold: Hold
) -> Iterator[list[Condition]]:
    """A new study: all its runs, closed when the body of the `with` is over."""
    profiles = [find(name) for name in plan.tune]
    names = [profile.name for profile in profiles]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise PlanError(f"two tunings have the name {twice[0]}", remedy="Rename the file of one of them")
    RunDirectory.refuse(out)
    document = {
        "schema": f"barewire/study/{schemas.VERSION}",
        "study": blake2s(f"{created} {command} {out}".encode(), digest_size=8).hexdigest(),
        "created": created,
        "command": command,
        "factor": FACTOR,
        "plan": plan.record(),
        "conditions": [
            {"name": p.name, "run": p.name, "tune": text, "definition": p.model_dump(mode="json")}
            for p, text in zip(profiles, plan.tune, strict=True)
        ],
    }
    _write(out, document)
    try:
        with _opened(document, place, out, progress, hold) as opened:
            yield opened
    except BaseException:
        # What was refused before its first run leaves nothing, so that the corrected command may follow.
        if not any((out / name).exists() for name in names):
            (out / STUDY).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                out.rmdir()
        raise


@contextlib.contextmanager
def resumed(path: Path, place: Place, progress: Progress, hold: Hold) -> Iterator[list[Condition]]:
    """An interrupted study; a condition that had not begun begins now. RunError for a damaged or foreign one."""
    with _opened(_read(path), place, path, progress, hold) as opened:
        yield opened


def conduct_all(conditions: Sequence[Condition], hold: Hold, progress: Progress) -> None:
    """Run what is left, condition after condition in every block; an interrupt ends it, with a summary for each run."""
    queues = {one.name: conduct.queue(one.run, one.plan, one.networks, progress) for one in conditions}
    try:
        waiting = {name: next(queue, None) for name, queue in queues.items()}
        while pending := [found for found in waiting.values() if found is not None]:
            block = min(planned.block for planned, _ in pending)
            for one in _order(conditions, block):
                _turn(one, block, waiting, queues[one.name], hold, progress)
    finally:
        for one in conditions:
            one.run.summarise()


def _turn(
    one: Condition,
    block: int,
    waiting: dict[str, tuple[PlannedTrial, int] | None],
    queue: Iterator[tuple[PlannedTrial, int]],
    hold: Hold,
    progress: Progress,
) -> None:
    """The trials of `block` under one condition. `waiting` holds the next trial of each, already taken from its queue."""
    begun_now = False
    plan = one.plan
    while (found := waiting[one.name]) is not None and found[0].block == block:
        if not begun_now:
            progress.condition_begins(one.name)
            _put_in_force(one, hold)
            begun_now = True
        progress.trial_begins(found[0], sum(left for _, left in filter(None, waiting.values())))
        conduct.measure(found[0], one.run, plan, one.site, one.networks, progress)
        waiting[one.name] = next(queue, None)


def _order(conditions: Sequence[Condition], block: int) -> list[Condition]:
    seed = conditions[0].plan.seed
    return sorted(conditions, key=lambda one: derived_seed(seed, "condition", block, one.name))


def _put_in_force(one: Condition, hold: Hold) -> None:
    """Apply the machine's part again, and see that what it could be set to is so."""
    again = hold.apply([outcome.setting for outcome in one.tuned.outcomes], one.name)
    lost = [now for now, first in zip(again, one.tuned.outcomes, strict=True) if first.met and not now.met]
    if lost:
        raise MeasurementError(
            f"the tuning {one.name} cannot be put in force again",
            said="; ".join(f"{now.setting.name} is {now.after or 'gone'}: {now.reason}" for now in lost),
            remedy="See what else changes this machine's settings, and go on with --resume",
        )


@contextlib.contextmanager
def _opened(
    document: Mapping[str, Any], place: Place, out: Path, progress: Progress, hold: Hold
) -> Iterator[list[Condition]]:
    plan = plan_of(document["plan"], str(out / STUDY))
    names = [entry["name"] for entry in document["conditions"]]
    maximum: Mapping[str, Any] | None = None
    warmup: Mapping[str, Any] | None = None
    with contextlib.ExitStack() as stack:
        found: list[Condition] = []
        for entry in document["conditions"]:
            profile: Profile = of_record(entry["definition"], str(out / STUDY))
            path = out / entry["run"]
            progress.condition_begins(profile.name)
            tuned = tune(profile, hold, place)
            if (path / RUN).exists():
                opened = conduct.resume(path, place, tuned)
            else:
                opened = conduct.begin(
                    share(plan).model_copy(update={"tune": (entry["tune"],)}), place, path, document["command"],
                    document["created"], progress, tuned,
                    {"name": profile.name, "of": names, "study": document["study"], "factor": FACTOR}, maximum, warmup,
                )  # fmt: skip
            found.append(Condition(tuned, *opened))
            stack.callback(found[-1].run.close)
            maximum = maximum or found[0].run.record["maximum"]
            warmup = warmup or found[0].run.record["warmup"]
        yield found


def _write(out: Path, document: Mapping[str, Any]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        durable.replace(out / STUDY, json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise RunError(
            f"the study {out} cannot be written", said=error.strerror or str(error), remedy="Give another --out"
        ) from error


def _read(path: Path) -> Mapping[str, Any]:
    file = path / STUDY
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            f"{STUDY} cannot be read", where=str(file), said=str(error), remedy="Restore the file"
        ) from error
    if not isinstance(document, dict) or document.get("schema") != f"barewire/study/{schemas.VERSION}":
        raise RunError("this is not a study of this barewire", where=str(file), remedy="Upgrade, or give another path")
    entries = document.get("conditions")
    lacking = [*schemas.missing("study", document)]
    whole = isinstance(entries, list) and entries and all(_is_entry(entry) for entry in entries)
    if lacking or not whole:
        raise RunError(
            f"{lacking[0] if lacking else 'conditions'!r} is missing or wrong",
            where=str(file),
            remedy="Restore the file",
        )
    return document


def _is_name(text: object) -> bool:
    return isinstance(text, str) and text not in ("", ".", "..") and "/" not in text


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("definition"), dict):
        return False
    return _is_name(entry.get("name")) and _is_name(entry.get("run")) and isinstance(entry.get("tune"), str)
