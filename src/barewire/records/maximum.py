"""`maximum` and `knees` of run.json: what 100 % of the loads is, and the maximum rate of every network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from barewire.records.fields import Amount, Number, Rate, Written


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """A probe of the search: what was offered (by a closed loop, what was answered), and whether it was sustained."""

    kind: Literal["closed loop", "open loop"]
    rate_per_s: Amount
    sustained: bool
    achieved_per_s: Written[Amount] = 0.0
    seconds: Written[Amount] = 0.0
    pacing_p99_ns: Amount | None = None


@dataclass(frozen=True, slots=True)
class MaximumRecord:
    """A maximum rate. Its bounds are null where the search was refused; `note` says why. `of` is the network whose maximum it
    is."""

    rate_per_s: Rate
    of: str | None = None
    rate_low_per_s: Written[Amount | None] = None
    rate_high_per_s: Written[Amount | None] = None
    closed_loop_per_s: tuple[Amount, ...] = ()
    note: Written[str] = ""
    probes: Written[tuple[ProbeRecord, ...]] = ()


@dataclass(frozen=True, slots=True)
class MaximaRecord:
    """By size of the response in bytes."""

    response_bytes: Written[Mapping[str, MaximumRecord]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KneeRecord:
    """The maximum rate of one network, and its share of the host's."""

    rate_per_s: Rate
    rate_low_per_s: Written[Amount | None] = None
    rate_high_per_s: Written[Amount | None] = None
    closed_loop_per_s: tuple[Amount, ...] = ()
    note: Written[str] = ""
    share: Written[Number | None] = None
    share_low: Written[Number | None] = None
    share_high: Written[Number | None] = None


@dataclass(frozen=True, slots=True)
class KneesRecord:
    """By size of the response in bytes, then by network. `searched` is false in a condition that offers what the first found."""

    response_bytes: Written[Mapping[str, Mapping[str, KneeRecord]]] = field(default_factory=dict)
    searched: bool | None = None
