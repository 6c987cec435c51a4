"""The tuning of a run: its profile's settings on this machine before and after, and those that could not be set.

The machine's settings are applied for as long as the `Hold` lasts; what labs get of their own goes into the run's topology
and so into every lab's plan. A setting that this machine does not have or may not change is left out and recorded, unless
the profile requires it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from barewire.errors import BarewireError, PrerequisiteError
from barewire.kernel.tuning.hold import Hold
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernel.tuning.machine import TuningOutcome
from barewire.kernel.tuning.setting import Tree
from barewire.model.tuning import LabTuning
from barewire.records import MachineSettingRecord, RunRecord, TuningRecord
from barewire.testbeds.ssh.testbed import SshTestbed
from barewire.testbeds.testbed import LOCAL, Testbed
from barewire.tuning import NONE, Profile, find, labs
from barewire.tuning.profiles import of_record


@dataclass(frozen=True, slots=True)
class Tuned:
    """A profile in force: `outcomes` for the machine, `found` for labs, `labs` what they get; `by_hand` names the profile
    that `barewire doctor` had applied before the study, which then is what the machine is like."""

    profile: Profile
    outcomes: tuple[TuningOutcome, ...] = ()
    found: tuple[labs.LabFound, ...] = ()
    labs: LabTuning = field(default_factory=LabTuning)
    by_hand: str = ""

    def record(self) -> TuningRecord:
        """`tuning` of `run.json`."""
        return TuningRecord(
            profile=self.profile.name,
            by_hand=self.by_hand,
            definition=self.profile.model_dump(mode="json"),
            machine=tuple(map(machine_record, self.outcomes)),
            lab=tuple(one.record() for one in self.found),
        )

    @property
    def unset(self) -> list[str]:
        """What could not be set, each with its reason."""
        machine = (f"{_name(one)} ({one.reason})" for one in self.outcomes if not one.met)
        return [*machine, *(f"{one.setting} ({one.reason})" for one in self.found if one.reason)]


UNTUNED = Tuned(find(NONE))


def tune(profile: Profile, hold: Hold, testbed: Testbed, tree: Tree | None = None) -> Tuned:
    """Put `profile` in force. PrerequisiteError when a setting that it requires cannot be had; the others are recorded."""
    tree = tree or Tree()
    outcomes = tuple(_apply(profile, hold, testbed, tree))
    lacking = [one for one in outcomes if one.setting.kind in profile.required and not one.met]
    if lacking:
        raise PrerequisiteError(
            f"the tuning {profile.name} requires settings that cannot be set on {_who(lacking)}",
            said="; ".join(f"{_name(one)}: {one.reason}" for one in lacking),
            remedy="Run it as root on a machine that has it, or take it out of the tuning's `required`",
        )
    wanted = profile.tuning(tree, _cpus_elsewhere(profile, testbed))
    found = labs.examine(wanted, testbed)
    return Tuned(
        profile, outcomes, tuple(found), labs.supported(wanted, found), _by_hand() if testbed.name == LOCAL else ""
    )


def apply_again(tuned: Tuned, hold: Hold, testbed: Testbed) -> list[TuningOutcome]:
    """Put the machine settings of a profile in force once more, after those of another one."""
    if isinstance(testbed, SshTestbed):
        return testbed.tune(tuned.profile.machine, tuned.profile.name)
    return hold.apply([outcome.setting for outcome in tuned.outcomes], tuned.profile.name)


def _apply(profile: Profile, hold: Hold, testbed: Testbed, tree: Tree) -> list[TuningOutcome]:
    """On the machines that labs are on; those of a VM are on this one."""
    if isinstance(testbed, SshTestbed):
        return testbed.tune(profile.machine, profile.name)
    return hold.apply(profile.settings(tree), profile.name)


def _cpus_elsewhere(profile: Profile, testbed: Testbed) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The CPUs of other machines and the first of each NUMA node, asked for only where they matter: in a VM it takes a boot,
    before anything else is looked at."""
    if testbed.name == LOCAL or not (profile.lab.rps or profile.lab.xps):
        return None
    if isinstance(testbed, SshTestbed):
        return testbed.shared_cpus()
    cpus = testbed.machine().cpus
    return cpus, cpus[:1]


def machine_record(outcome: TuningOutcome) -> MachineSettingRecord:
    """What became of a setting of the machine, as a run keeps it."""
    return MachineSettingRecord(
        setting=outcome.setting.name,
        set=outcome.met,
        file=outcome.setting.path,
        before=outcome.before or None,
        wanted=outcome.setting.wanted,
        after=outcome.after or None,
        reason="" if outcome.met else outcome.reason,
        node=outcome.node or None,
    )


def profile_of(record: RunRecord, where: str) -> Profile:
    """The profile of a run, as it was when the run began."""
    return of_record(record.tuning.definition, where) if record.tuning else find(NONE)


def _name(one: TuningOutcome) -> str:
    return f"{one.setting.name} of {one.node}'s machine" if one.node else one.setting.name


def _who(outcomes: Sequence[TuningOutcome]) -> str:
    nodes = dict.fromkeys(one.node for one in outcomes if one.node)
    return " and ".join(f"{node}'s machine" for node in nodes) or "this machine"


def _by_hand() -> str:
    try:
        held = Ledger().read()
    except BarewireError:
        return ""
    return held.profile if held is not None and held.holder == "doctor" else ""
