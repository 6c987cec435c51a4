"""CPUs of server and client, and how the client waits for its next request.

Server and client never share a CPU when there are two: a shared one would measure the scheduler. Nor do they share a core
(hardware threads of one core take its units from each other) or use the CPU that devices interrupt most, when there are
others. One CPU each is the default however many there are, because the cost of a network is a cost per core; more are chosen
by option. A client with a CPU to itself busy-polls (`spin`), so that its own wake-ups are no part of the latency; else it
sleeps.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

from barewire.errors import PlanError
from barewire.kernel.processors import Processors


@dataclass(frozen=True, slots=True)
class Pinning:
    """CPUs by number; `timing` is `spin` or `sleep`. Those of the server are of another machine if it is on one (`elsewhere`)."""

    server: tuple[int, ...]
    client: tuple[int, ...]
    timing: str
    elsewhere: bool = False

    @property
    def cpus(self) -> tuple[int, ...]:
        """The CPUs of the client's machine that are used, ascending."""
        return tuple(sorted(self.client if self.elsewhere else {*self.server, *self.client}))

    def record(self) -> dict[str, tuple[int, ...]]:
        """As a trial keeps it."""
        return {"server": self.server, "client": self.client}


def choose(
    server: tuple[int, ...] | str,
    client: tuple[int, ...] | str,
    timing: str,
    allowed: Collection[int],
    processors: Processors | None = None,
) -> Pinning:
    """Choose the CPUs of each side, from `"auto"` or a list, of those that the testbed's machine allows. PlanError if it does not
    allow one.

    `processors` states which CPUs share a core and which is interrupted most; without it only the numbers count.
    """
    available = sorted(allowed)
    for side, cpus in (("server", server), ("client", client)):
        absent = [] if isinstance(cpus, str) else [cpu for cpu in cpus if cpu not in available]
        if absent:
            raise PlanError(
                f"the {side}'s CPUs (--{side}-cpus) include CPU {absent[0]}, which barewire may not run on",
                said=f"it may use {', '.join(map(str, available))}",
                remedy="Choose among those",
            )
    sides = [[(cpu,) for cpu in available] if isinstance(cpus, str) else [cpus] for cpus in (server, client)]
    known = processors or Processors()
    server_cpus, client_cpus = min(product(sides[0], sides[1]), key=lambda pair: _worse(pair[0], pair[1], known))
    apart = not set(server_cpus) & set(client_cpus)
    return Pinning(server_cpus, client_cpus, ("spin" if apart else "sleep") if timing == "auto" else timing)


@dataclass(frozen=True, slots=True)
class CpuChoice:
    """What a side that has a machine for itself may choose from: `"auto"` or CPUs, those that it has, and the one that devices
    interrupt most. `where` names the machine in errors."""

    wanted: tuple[int, ...] | str
    allowed: Collection[int]
    interrupted: int | None
    where: str = "this machine"

    def choose(self) -> tuple[int, ...]:
        """The lowest that is not interrupted most, or what was wanted. PlanError for a CPU that there is not."""
        if isinstance(self.wanted, str):
            return (min(self.allowed, key=lambda cpu: (cpu == self.interrupted, cpu)),)
        absent = [cpu for cpu in self.wanted if cpu not in self.allowed]
        if absent:
            raise PlanError(
                f"there is no CPU {absent[0]} for a study on {self.where}",
                said=f"it may use {', '.join(map(str, sorted(self.allowed)))}",
                remedy="Choose among those",
            )
        return self.wanted


def choose_apart(server: CpuChoice, client: CpuChoice, timing: str) -> Pinning:
    """The CPUs of two sides on a machine each. The client may poll where its kernel has another CPU to work on."""
    polls = len(client.allowed) > 1
    return Pinning(
        server.choose(),
        client.choose(),
        ("spin" if polls else "sleep") if timing == "auto" else timing,
        elsewhere=True,
    )


def _worse(
    server: tuple[int, ...], client: tuple[int, ...], known: Processors
) -> tuple[int, int, int, tuple[int, ...], tuple[int, ...]]:
    """What is wrong with a choice, the worst first: a shared CPU, a shared core, the CPU with the most interrupts; then the
    lowest numbers."""
    cores = frozenset[int]().union(*(known.same_core(cpu) for cpu in server))
    shared = len(set(server) & set(client))
    return (
        shared,
        len(cores & set(client)),
        (*server, *client).count(-1 if known.most_interrupted is None else known.most_interrupted),
        server,
        client,
    )
