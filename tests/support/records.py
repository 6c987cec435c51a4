"""Records of plain data, as a reader has them from a file: tests write down what they need and leave the rest out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import TypeAdapter

from barewire import schemas
from barewire.records import EnvironmentRecord, Load, MachineRecord, PlanRecord, RunRecord, Trial

_RUN: TypeAdapter[RunRecord] = TypeAdapter(RunRecord)
_TRIAL: TypeAdapter[Trial] = TypeAdapter(Trial)
_LOAD: TypeAdapter[Load] = TypeAdapter(Load)
_MACHINE: TypeAdapter[MachineRecord] = TypeAdapter(MachineRecord)


def run_of(record: Mapping[str, Any]) -> RunRecord:
    """run.json."""
    return _RUN.validate_python({"schema": f"barewire/run/{schemas.VERSION}", **record})


def trial_of(record: Mapping[str, Any]) -> Trial:
    """A line of trials.ndjson."""
    return _TRIAL.validate_python({"schema": f"barewire/trial/{schemas.VERSION}", **record})


def load_record(record: Mapping[str, Any]) -> Load:
    """A load of a trial."""
    return _LOAD.validate_python(record)


def machine_record(record: Mapping[str, Any]) -> MachineRecord:
    """What a machine did."""
    return _MACHINE.validate_python(record)


def environment_of(record: Mapping[str, Any]) -> EnvironmentRecord:
    """A machine."""
    return cast("EnvironmentRecord", record)


def plan_record(record: Mapping[str, Any]) -> PlanRecord:
    """A plan, maybe one that no study would take."""
    return cast("PlanRecord", record)
