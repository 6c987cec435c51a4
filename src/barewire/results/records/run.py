"""run.json: what was planned, on which machine, and the maximum rates. Written once, before the first trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator

from barewire.results.records.fields import Number


@dataclass(frozen=True, slots=True)
class SetupRecord:
    """`networks[].setup` of run.json: what the network asks of a node before the first packet."""

    objects_per_node: Mapping[str, Number] = field(default_factory=dict)
    objects_by_kind: Mapping[str, Number] = field(default_factory=dict)
    growth_per_node: Number | None = None
    privileges: str | None = None
    kernel: tuple[str, ...] = ()
    l2: str | None = None
    mtu_lost_bytes: int | None = None
    pod_mtu: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """A network of the plan, measured or not; `reason` and `remedy` say why not and what to do. `program` is the text of the file
    that builds it (a CNI configuration, a script), where one does."""

    name: str
    measured: bool
    reason: str | None = None
    remedy: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    rules: str | None = None
    setup: SetupRecord | None = None
    program: str | None = None


def _planned(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """A plan in which what the analysis reads, `blocks` and `until`, has its type; the rest is the study's business."""
    blocks, until = plan.get("blocks", 0), plan.get("until", [])
    if type(blocks) is not int or not 0 <= blocks < 1 << 31:
        raise ValueError("blocks is not a number of blocks")
    if not isinstance(until, list | tuple) or not all(isinstance(text, str) for text in until):
        raise ValueError("until is not a list of targets")
    return plan


@dataclass(frozen=True, slots=True)
class RunRecord:
    """run.json; what is a mapping here stays as it is."""

    schema: str
    networks: tuple[NetworkRecord, ...] = ()
    created: str = ""
    command: str | tuple[str, ...] = ""
    plan: Annotated[Mapping[str, Any], AfterValidator(_planned)] = field(default_factory=dict)
    seed: int | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    maximum: Mapping[str, Any] = field(default_factory=dict)
    knees: Mapping[str, Any] = field(default_factory=dict)
    warmup: Mapping[str, Any] = field(default_factory=dict)
    instrument: Mapping[str, Any] = field(default_factory=dict)
    tuning: Mapping[str, Any] = field(default_factory=dict)
    preflight: Mapping[str, Any] = field(default_factory=dict)
    condition: Mapping[str, Any] = field(default_factory=dict)
