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
"""A ratio that a counted run does not tell from 1: 0.01 %."""


def clock_of(record: Mapping[str, Any]) -> Clock:
    """The clock of a run by its `run.json`; runs of earlier versions, which do not say, had the wall's."""
    plan = record.get("plan") or {}
    vm = (record.get("environment") or {}).get("vm") or {}
    found = plan.get("clock") or vm.get("clock")
    return COUNTED if found == COUNTED else WALL
