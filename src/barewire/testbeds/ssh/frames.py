"""What goes over the connection to a machine: a letter and its content, both ways, framed by `multiprocessing.connection`.

What a lab is asked and answers is passed on as it is (`LAB`); the rest is between the two programs of the testbed. Both sides
send `BEAT` all the time, and each takes the other for gone after `SILENCE_SECONDS` without a word: a machine that lost its power
or its network says nothing, and TCP alone would wait for hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from barewire.kernel.activity import Activity
from barewire.kernel.tuning.machine import TuningOutcome

LAB, ASK, ANSWER, ENDED, BEAT = b"L", b"A", b"R", b"E", b"B"

BEAT_SECONDS, SILENCE_SECONDS = 5.0, 30.0
READY = "barewire-machine "
"""Begins the line that a machine says first; what a login shell prints comes before it."""


@dataclass(frozen=True, slots=True)
class MachineActivity:
    """What a pre-flight sees of a machine; `taken` are CPUs that another study holds, and its PID."""

    activity: Activity
    taken: Mapping[int, int]
    cpu_quota: float | None
    conntrack_max: int | None


@dataclass(frozen=True, slots=True)
class MachineTuning:
    """What became of a profile's settings on a machine; its CPUs, and the first of each NUMA node."""

    outcomes: tuple[TuningOutcome, ...]
    cpus: tuple[int, ...]
    firsts: tuple[int, ...]
