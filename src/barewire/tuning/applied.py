"""The tuning of a run: its profile's settings on this machine before and after, and those that could not be set.

The machine's settings are applied for as long as the `Hold` lasts; what labs get of their own goes into the run's topology
and so into every lab's plan. A setting that this machine does not have or may not change is left out and recorded, unless
the profile requires it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from barewire.errors import BarewireError, PrerequisiteError
from barewire.kernel.tuning.hold import Hold
from barewire.kernel.tuning.ledger import Ledger
from barewire.kernel.tuning.machine import TuningOutcome
from barewire.kernel.tuning.setting import Tree
from barewire.model.tuning import LabTuning
from barewire.records import MachineSettingRecord, RunRecord, TuningRecord
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
        machine = (f"{one.setting.name} ({one.reason})" for one in self.outcomes if not one.met)
        return [*machine, *(f"{one.setting} ({one.reason})" for one in self.found if one.reason)]


UNTUNED = Tuned(find(NONE))


def tune(profile: Profile, hold: Hold, testbed: Testbed, tree: Tree | None = None) -> Tuned:
    """Put `profile` in force. PrerequisiteError when a setting that it requires cannot be had; the others are recorded."""
    tree = tree or Tree()
    outcomes = tuple(hold.apply(profile.settings(tree), profile.name))
    lacking = [one for one in outcomes if one.setting.kind in profile.required and not one.met]
    if lacking:
        raise PrerequisiteError(
            f"the tuning {profile.name} requires settings that cannot be set on this machine",
            said="; ".join(f"{one.setting.name}: {one.reason}" for one in lacking),
            remedy="Run it as root on a machine that has it, or take it out of the tuning's `required`",
        )
    # Another machine's CPUs are asked for only where they matter: in a VM it takes a boot, before anything else is looked at.
    elsewhere = testbed.name != LOCAL and bool(profile.lab.rps or profile.lab.xps)
    wanted = profile.tuning(tree, testbed.machine().cpus if elsewhere else None)
    found = labs.examine(wanted, testbed)
    return Tuned(
        profile, outcomes, tuple(found), labs.supported(wanted, found), _by_hand() if testbed.name == LOCAL else ""
    )


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
    )


def profile_of(record: RunRecord, where: str) -> Profile:
    """The profile of a run, as it was when the run began."""
    return of_record(record.tuning.definition, where) if record.tuning else find(NONE)


def _by_hand() -> str:
    try:
        held = Ledger().read()
    except BarewireError:
        return ""
    return held.profile if held is not None and held.holder == "doctor" else ""
