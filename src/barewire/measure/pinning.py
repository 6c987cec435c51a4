"""Which CPUs the server and the client run on, and how the client waits for its next request.

Server and client never share a CPU when there are two: a shared one would measure the scheduler. One CPU each is the
default however many there are, because the cost of a network is a cost per core; more are chosen by option. A client with
a CPU to itself busy-polls (`spin`), so that its own wake-ups are no part of the latency; else it sleeps.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from barewire.errors import PlanError


@dataclass(frozen=True, slots=True)
class Pinning:
    """CPUs by number; `timing` is `spin` or `sleep`."""

    server: tuple[int, ...]
    client: tuple[int, ...]
    timing: str

    def record(self) -> dict[str, list[int]]:
        """As a trial keeps it."""
        return {"server": list(self.server), "client": list(self.client)}


def choose(
    server: tuple[int, ...] | str, client: tuple[int, ...] | str, timing: str, allowed: Collection[int]
) -> Pinning:
    """`"auto"` or CPUs for each side, of those that the place's machine allows; PlanError when it does not allow one."""
    available = sorted(allowed)
    taken = set() if isinstance(client, str) else set(client)
    server_cpus = _first(available, taken) if isinstance(server, str) else server
    client_cpus = _first(available, set(server_cpus)) if isinstance(client, str) else client
    for name, cpus in (("server_cpus", server_cpus), ("client_cpus", client_cpus)):
        absent = [cpu for cpu in cpus if cpu not in available]
        if absent:
            raise PlanError(
                f"{name} names CPU {absent[0]}, which barewire may not run on",
                said=f"it may use {', '.join(map(str, available))}",
                remedy="Choose among those",
            )
    apart = not set(server_cpus) & set(client_cpus)
    return Pinning(server_cpus, client_cpus, ("spin" if apart else "sleep") if timing == "auto" else timing)


def _first(available: list[int], taken: set[int]) -> tuple[int, ...]:
    """The first CPU not taken; when there is no other, the last one all the same."""
    return (next((cpu for cpu in available if cpu not in taken), available[-1]),)
