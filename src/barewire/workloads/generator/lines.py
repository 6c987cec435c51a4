"""The lines that the generator prints, as types: first the settings, then a line for each second, last the counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from barewire.records import LoadCounters, LoadSettings
from barewire.workloads.generator.exact import ExactLine
from barewire.workloads.generator.histogram import HIGHEST_NS
from barewire.workloads.generator.series import GeneratorTicks

Pairs = tuple[tuple[Annotated[int, Field(ge=0, le=HIGHEST_NS)], Annotated[int, Field(ge=1)]], ...]
"""Values in ns, each with its count."""


@dataclass(frozen=True, slots=True)
class FirstLine:
    """What the first line has beside the settings."""

    type: Literal["start"]
    monotonic_ns: int


@dataclass(frozen=True, slots=True)
class SecondLine:
    """A line for each second: pairs of a value in ns and its count for each kind of time."""

    type: Literal["interval"]
    second: int
    start_ns: int
    end_ns: int
    latency: Pairs
    service: Pairs
    lag: Pairs
    pacing: Pairs
    connect: Pairs
    wire: Pairs


@dataclass(frozen=True, slots=True)
class LastLine:
    """What the last line has beside the counters."""

    type: Literal["end"]
    interrupted: bool
    ticks: GeneratorTicks
    exact: ExactLine | None


SETTINGS: TypeAdapter[LoadSettings] = TypeAdapter(LoadSettings)
COUNTERS: TypeAdapter[LoadCounters] = TypeAdapter(LoadCounters)
FIRST: TypeAdapter[FirstLine] = TypeAdapter(FirstLine)
SECOND: TypeAdapter[SecondLine] = TypeAdapter(SecondLine)
LAST: TypeAdapter[LastLine] = TypeAdapter(LastLine)
