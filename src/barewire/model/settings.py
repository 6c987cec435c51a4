"""Settings of a namespace and of its links as plain data: what is set on things that are there already."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sysctl:
    """`sysctl -w KEY=VALUE` within the namespace."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Qdisc:
    """`tc qdisc add dev DEV root KIND OPTIONS`; the options are the words that a person would type to `tc`."""

    dev: str
    kind: str
    options: str
    handle: str = "1:"
    parent: str = "root"


@dataclass(frozen=True, slots=True)
class Offloads:
    """`ethtool -K DEV tx off sg off tso off gso off gro off` (or on)."""

    dev: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Steering:
    """`echo MASK > /sys/class/net/DEV/queues/rx-*/rps_cpus`: which CPUs receive (`rps`) and send (`xps`) for every queue of
    a link, and how many flows follow their program on a receiving queue (`rfs`). Empty and 0 leave the kernel's own."""

    dev: str
    rps: tuple[int, ...] = ()
    rfs: int = 0
    xps: tuple[int, ...] = ()
