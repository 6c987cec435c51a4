"""study.json: which runs belong together. Each is an ordinary run directory below the one that holds this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from barewire.records.fields import Written
from barewire.records.plan import PlanRecord


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """A condition of a study; `run` is its run's directory within the study's. Of tunings it has `tune` as the plan names it and
    its `definition`, of kernels `kernel` as the plan names it and the `release` that it came to, of pairs `topology` and
    its tuning as well."""

    name: str
    run: str
    tune: str | None = None
    definition: Mapping[str, object] | None = None
    kernel: str | None = None
    release: str | None = None
    topology: str | None = None


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """The whole of it. `study` is the same in the `condition` of each run, `factor` what the conditions differ in."""

    schema: str
    conditions: Written[tuple[ConditionRecord, ...]] = ()
    study: Written[str] = ""
    created: Written[str] = ""
    command: Written[str] = ""
    factor: Written[Literal["tune", "kernel", "pair"]] = "tune"
    plan: Written[PlanRecord] = field(default_factory=PlanRecord)
