"""What a tuning changes inside a lab, as plain data: it is part of the lab's desired state, and goes with the lab."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabTuning:
    """`sysctls` hold in every namespace of the lab; `rps` and `xps` are the CPUs that receive and send for each queue of
    the links, `rfs` the flows that one receiving queue follows to their program (0 and empty: as the kernel has it).
    `notrack` keeps the nodes' packets out of connection tracking, where the network does not need it."""

    sysctls: tuple[tuple[str, str], ...] = ()
    rps: tuple[int, ...] = ()
    rfs: int = 0
    xps: tuple[int, ...] = ()
    notrack: bool = False

    def __bool__(self) -> bool:
        return bool(self.sysctls or self.steers or self.notrack)

    @property
    def steers(self) -> bool:
        """Whether any queue is steered."""
        return bool(self.rps or self.rfs or self.xps)
