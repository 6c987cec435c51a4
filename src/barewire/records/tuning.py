"""`tuning` of run.json: the settings that were made for a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from barewire.records.fields import Written


@dataclass(frozen=True, slots=True)
class MachineSettingRecord:
    """A setting outside all namespaces, changed for the time of the study: `before` and `after` in the kernel's spelling. `node`
    says whose machine it is, where nodes have one each."""

    setting: str
    set: bool
    file: Written[str] = ""
    before: Written[str | None] = None
    wanted: Written[str] = ""
    after: Written[str | None] = None
    reason: Written[str] = ""
    node: str | None = None


@dataclass(frozen=True, slots=True)
class LabSettingRecord:
    """A setting of every lab."""

    setting: str
    set: bool
    where: Written[str] = ""
    before: Written[str | None] = None
    wanted: Written[str] = ""
    after: Written[str | None] = None
    reason: Written[str] = ""


@dataclass(frozen=True, slots=True)
class TuningRecord:
    """`definition` is the profile as it was when the run began: a resumed run is tuned by it. `by_hand` is the profile that
    `barewire tune apply` held meanwhile, or empty."""

    profile: str
    by_hand: Written[str] = ""
    definition: Written[Mapping[str, object]] = field(default_factory=dict)
    machine: Written[tuple[MachineSettingRecord, ...]] = ()
    lab: Written[tuple[LabSettingRecord, ...]] = ()
