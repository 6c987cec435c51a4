"""Which clock a run was measured by, and how small a change is that it can tell.

By the wall clock, time is time, and how small a change can be told is the blocks' business alone. By the counted clock a
nanosecond is one instruction executed by an emulated CPU: two runs of one plan agree so well that a block has no noise
to speak of, and an interval can have no width at all. Then something else must say which differences are none: `RESOLUTION`.
Whatever is smaller is called the same; what is left of noise above it is told by the blocks, as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Clock = Literal["wall", "counted"]

COUNTED: Clock = "counted"
WALL: Clock = "wall"

ADDED = "counted"
"""The run within another's directory that has all networks by the counted clock, where the other's kernel lacked some."""

RESOLUTION = 1.0001
"""A ratio between counts of single trials that is never called a difference: 0.01 %."""

ROUND_TRIPS, STREAMS = 1.001, 1.005
"""What two runs of one plan really differ by over all their layouts: up to 0.09 % in round trips and connections, up to 0.5 % in
bytes of a stream and in packets (docs/counted.md, "How exact"). A network that differs less from the host does not differ."""


def resolution(load: str) -> float:
    """The ratio to the host that a counted run does not tell from 1, by the name of the load."""
    return STREAMS if load.startswith("bulk") or load == "packets" else ROUND_TRIPS


def clock_of(record: Mapping[str, Any]) -> Clock:
    """The clock of a run by its `run.json`; runs of earlier versions, which do not say, had the wall's."""
    plan = record.get("plan") or {}
    vm = (record.get("environment") or {}).get("vm") or {}
    found = plan.get("clock") or vm.get("clock")
    return COUNTED if found == COUNTED else WALL
