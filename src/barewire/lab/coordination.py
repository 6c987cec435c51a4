"""What it takes a running network to follow when a node joins, leaves or dies, a cable is pulled or a spine dies.

A lab of N nodes is built, a node joins and leaves again, the cable of one measured node is pulled for half a second, and the
node that joined dies: its cable and its daemons go at the same moment, so that nothing announces it. All the while one flow of
datagrams runs between the measured pods. Where daemons learn routes, an event is over when the kernel of every other node and
router has the routes that it should have; elsewhere when the engine, which stands for the agents of all nodes, has written them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from barewire.errors import KernelError
from barewire.kernel.daemon_usage import DaemonUsage
from barewire.lab import known_neighbours
from barewire.lab.datagram_flow import DatagramFlow, Delivery
from barewire.lab.lab import Lab, built, desired_state
from barewire.model import fabric
from barewire.model.daemons import Daemon
from barewire.model.network import WIRE_NAMESPACE, Topology, Wire
from barewire.model.objects import DesiredState, LearnedRoute
from barewire.model.racks import ACROSS, Racks, router_name
from barewire.networks.network import Network
from barewire.testbeds.testbed import Command, Testbed

PULLED_SECONDS = 0.5
"""How long the cable is away."""

_WATCHED_SECONDS = 1.0
"""How long the flow is watched after an event that may lose packets."""

_UNWATCHED = "no daemon watches the node"
_SECONDS = 180.0
_SOCKETS = 16
"""Flows in racks, so that each spine has some."""


@dataclass(frozen=True, slots=True)
class CoordinationEvent:
    """An event: `requests` that were made of kernels and daemons, the time until all had followed (None with the reason in `note`
    if nobody does), datagrams `lost` and when the last of them was sent after the event (for a cable: after it is back), and the
    CPU time that daemons took."""

    name: str
    requests: int
    converged_ns: int | None
    note: str
    lost: int
    last_lost_ns: int
    daemons_cpu_ns: int


@dataclass(frozen=True, slots=True)
class Coordination:
    """A lab of `nodes` nodes: how many `daemons` it has, when they had converged after their start, what each of them took until
    then, and the events."""

    nodes: int
    daemons: int
    converged_ns: int
    memory_bytes: int
    cpu_ns: int
    events: tuple[CoordinationEvent, ...]


@dataclass(frozen=True, slots=True)
class _Window:
    """An event without its losses, which are known at the end; `counted_from` is where its last loss is counted from."""

    event: CoordinationEvent
    begin_ns: int
    counted_from: int
    end_ns: int


def switched(nodes: int, racks: Racks | None = None, pair: str = ACROSS) -> Topology:
    """Nodes on a switch, or in racks, with one pod each."""
    return Topology.uniform(nodes, 1, wire=Wire(topology="switch"), racks=racks, pair=pair)


def with_room(topology: Topology) -> Topology:
    """The same with addresses that stay when a node joins. Where the subnets of a rack are one prefix (`bgp:router:aggregate`),
    one node more than 2, 4 or 8 takes a prefix of twice the size, and every pod of every rack would have another address."""
    racks = topology.racks
    return replace(topology, addresses=topology.addresses.in_racks(racks.with_node())) if racks else topology


def measure(network: Network, topology: Topology, testbed: Testbed, patience: float) -> Coordination:
    """Build the lab and put it through the events; a death that nobody has noticed after `patience` seconds is unnoticed."""
    nodes, racks = len(topology.nodes), topology.racks
    with built(network, with_room(topology), testbed) as lab:
        converged = lab.converge()
        usage = lab.nodes.daemon_usage()
        lab.prove()
        course = _Course(lab, testbed)
        flow = DatagramFlow(lab, *lab.topology.ends, _SOCKETS if racks else 1)
        windows = course.of_nodes(patience)
        if racks and len(racks.zones[0].spines) > 1 and windows[-1].event.note in ("", _UNWATCHED):
            windows.append(course.spine_death())
        delivery = flow.stop()
    each = max(len(usage), 1)
    return Coordination(
        nodes, len(usage), converged.slowest[1], sum(one.memory_bytes for one in usage) // each,
        sum(one.cpu_ns for one in usage) // each, tuple(_with_losses(window, delivery) for window in windows),
    )  # fmt: skip


def _with_losses(window: _Window, delivery: Delivery) -> CoordinationEvent:
    lost = delivery.lost_between(window.begin_ns, window.end_ns)
    last = max(max(lost) - window.counted_from, 0) if lost else 0
    return replace(window.event, lost=len(lost), last_lost_ns=last)


class _Course:
    """The events of one lab."""

    def __init__(self, lab: Lab, testbed: Testbed) -> None:
        self.lab, self.nodes, self.before = lab, lab.nodes, lab.desired
        self.testbed = testbed

    def of_nodes(self, patience: float) -> list[_Window]:
        """A join, a leave, a pulled cable and a death."""
        lab, size = self.lab, len(self.lab.topology.nodes)
        racks = lab.topology.racks
        topology = switched(size + 1, racks.with_node() if racks else None, lab.topology.pair)
        ipv6 = self.testbed.machine().has_ipv6
        larger = desired_state(lab.network, topology, lab.congestion, ipv6=ipv6, joined_by=self.testbed.underlay)
        found = [self._join(larger), self._leave(larger), self._pulled(lab.topology.ends[1].node)]
        self._join(larger)
        return [*found, self._death(size + 1, larger, patience)]

    def _join(self, larger: DesiredState) -> _Window:
        begun, usage = time.monotonic_ns(), self._cpu()
        applied = self.nodes.apply(_changed(self.before, larger))
        end = self._followed(_learned(larger))
        if larger.daemons:
            self.nodes.await_daemons(_SECONDS)
        requests = sum(applied.added.values()) + sum(applied.removed.values())
        return self._window("join", begun, end, requests - self._own_neighbours(larger), usage)

    def _leave(self, larger: DesiredState) -> _Window:
        new = {name: things for name, things in larger.objects.items() if name not in self.before.objects}
        begun, usage = time.monotonic_ns(), self._cpu()
        requests, end = 0, 0
        if larger.daemons:
            without = {
                name: tuple(one for one in things if not isinstance(one, Daemon)) for name, things in new.items()
            }
            requests += sum(self.nodes.apply(DesiredState(without)).removed.values())
            end = self._followed(_learned(self.before))
        # The node's own objects go with it, so only those of others count.
        rest = _changed(larger, self.before)
        applied = self.nodes.apply(DesiredState({**rest.objects, **dict.fromkeys(new, ())}))
        requests += sum(applied.added[name] + applied.removed[name] for name in rest.objects)
        if larger.daemons:
            self.nodes.await_daemons(_SECONDS)
        requests -= self._own_neighbours(larger, *new)
        return self._window("leave", begun, end or time.monotonic_ns(), requests, usage)

    def _own_neighbours(self, larger: DesiredState, *without: str) -> int:
        """How many neighbours more the larger lab has because it is a lab (`known_neighbours`): real nodes write none of them."""
        counts = [
            sum(
                len(things)
                for name, things in known_neighbours.desired_state(lab).objects.items()
                if name not in without
            )
            for lab in (self.before, larger)
        ]
        return counts[1] - counts[0]

    def _pulled(self, node: int) -> _Window:
        begun, usage = time.monotonic_ns(), self._cpu()
        self._set_cable(node, "down")
        time.sleep(PULLED_SECONDS)
        self._set_cable(node, "up")
        back = time.monotonic_ns()
        end = self._followed(_learned(self.before))
        time.sleep(_WATCHED_SECONDS)
        window = replace(self._window("cable", begun, end, 0, usage), counted_from=back)
        if not self.before.daemons:
            return _unnoticed(window, "nothing to follow: routes stay")
        return replace(window, event=replace(window.event, converged_ns=end - back))

    def _death(self, node: int, larger: DesiredState, patience: float) -> _Window:
        begun, usage = time.monotonic_ns(), self._cpu()
        self._set_cable(node, "down")
        self.nodes.kill_daemons(f"n{node}")
        if not _learned(larger):
            window = self._window("death", begun, begun, 0, usage)
            return _unnoticed(window, _UNWATCHED)
        try:
            end = max(self.nodes.await_learned(_learned(self.before), patience).values())
        except KernelError:
            return _unnoticed(self._window("death", begun, begun, 0, usage), f"not within {patience:g} s")
        return self._window("death", begun, end, 0, usage)

    def spine_death(self) -> _Window:
        """The first spine dies: its links and its daemon go at the same moment."""
        racks = self.lab.topology.racks
        assert racks is not None
        spines = fabric.routers(racks, self.lab.topology.addresses)
        around = [link.dev for link in next(one for one in spines if one.name == "s1").links]
        begun, usage = time.monotonic_ns(), self._cpu()
        for router in reversed(around):
            self._set("s1", router, "down")
        self.nodes.kill_daemons("s1")
        wanted = {
            router: tuple(
                replace(route, hops=tuple(hop for hop in route.hops if hop[0] != "s1"))
                for route in _learned(self.before).get(router, ())
            )
            for router in around
        }
        end = self._followed({name: routes for name, routes in wanted.items() if routes})
        time.sleep(_WATCHED_SECONDS)
        return self._window("spine death", begun, end, 0, usage)

    def _followed(self, wanted: Mapping[str, Sequence[LearnedRoute]]) -> int:
        """When the kernel had these routes of daemons; now, if daemons learn none."""
        return max(self.nodes.await_learned(wanted, _SECONDS).values()) if wanted else time.monotonic_ns()

    def _window(self, name: str, begun: int, end: int, requests: int, before: Mapping[int, DaemonUsage]) -> _Window:
        used = sum(one.cpu_ns - (before[pid].cpu_ns if pid in before else 0) for pid, one in self._cpu().items())
        event = CoordinationEvent(name, requests, end - begun, "", 0, 0, used)
        return _Window(event, begun, begun, time.monotonic_ns())

    def _cpu(self) -> dict[int, DaemonUsage]:
        return {one.pid: one for one in self.nodes.daemon_usage()}

    def _set_cable(self, node: int, state: str) -> None:
        """The switch's end of a node's cable; in racks the switch is the router, and a new node is in the last rack."""
        racks = self.lab.topology.racks
        switch = router_name(min(racks.rack(node), racks.racks)) if racks else WIRE_NAMESPACE
        self._set(switch, f"n{node}", state)

    def _set(self, namespace: str, dev: str, state: str) -> None:
        node = self.nodes.node(namespace)
        done = node.wait(node.spawn(Command(namespace, ("ip", "link", "set", dev, state))), 30)
        if done.status != 0:
            raise KernelError(f"cannot set the link {dev} {state}", where=namespace, said=" ".join(done.stderr.split()))


def _unnoticed(window: _Window, note: str) -> _Window:
    return replace(window, event=replace(window.event, converged_ns=None, note=note))


def _changed(before: DesiredState, after: DesiredState) -> DesiredState:
    """The namespaces of `after` that hold something else than before."""
    return DesiredState(
        {name: things for name, things in after.objects.items() if things != before.objects.get(name)}, after.adopted
    )


def _learned(desired: DesiredState) -> dict[str, tuple[LearnedRoute, ...]]:
    """The routes that daemons must learn, by namespace, where there are any."""
    found = {
        name: tuple(thing for thing in things if isinstance(thing, LearnedRoute))
        for name, things in desired.objects.items()
    }
    return {name: routes for name, routes in found.items() if routes}
