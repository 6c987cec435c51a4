"""Desired state -> difference -> apply: the only way to change a namespace.

Objects are created by class, over all namespaces, in the stages of `model.stages`. If the kernel refuses a request, the error
shows the equivalent command, and the steps so far are undone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from barewire.errors import BarewireError
from barewire.kernel import fou_ports, inherited, ip_sets, learned, netlink_objects, rtnetlink, settings, steering
from barewire.kernel import present as state
from barewire.kernel.channel import Channel
from barewire.kernel.daemons import Daemons
from barewire.kernel.data_paths import DataPaths
from barewire.kernel.difference import Difference, difference, peers_by_namespace
from barewire.kernel.events import Events
from barewire.kernel.links import add_link, change_link, delete_link, mark
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.rule_tables import write_tables
from barewire.kernel.wireguard import KIND as WIREGUARD
from barewire.kernel.wireguard import WireguardInterfaces
from barewire.model.daemons import Daemon
from barewire.model.data_path import BpfDataPath
from barewire.model.objects import (
    DesiredState,
    FouPort,
    IpSet,
    KernelObject,
    LearnedRoute,
    Link,
    NftTable,
    Peer,
    Table,
    WireguardInterface,
    WireguardPeer,
)
from barewire.model.reported import Convergence
from barewire.model.settings import Offloads, Qdisc, Steering, Sysctl
from barewire.model.stages import stage_number


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied: number of requests by namespace, and the time for all of them, the kernel's and ours."""

    added: dict[str, int]
    removed: dict[str, int]
    nanoseconds: int

    @property
    def unchanged(self) -> bool:
        return not any(self.added.values()) and not any(self.removed.values())


class Engine:
    """Applies desired states to the namespaces of one lab."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._channels: dict[str, Channel] = {}
        self._events: dict[str, Events] = {}
        self._fresh: set[str] = set()
        self._wanted: dict[str, Sequence[KernelObject]] = {}
        self._of_links: dict[str, Mapping[str, str]] = {}
        self.daemons = Daemons(namespaces)
        self._learned: dict[str, int] = {}
        self.wireguard = WireguardInterfaces(namespaces)
        self._data_paths = DataPaths()
        self.counting: frozenset[str] = frozenset()
        """The namespaces whose nft tables have named counters, as last wanted."""

    def create(self, names: Iterable[str]) -> None:
        """Create namespaces, each with its loopback up and with defined values of the settings that it would inherit."""
        wrong: Mapping[str, str] | None = None
        for name in names:
            self._namespaces.create(name)
            self._fresh.add(name)
            self.channel(name).send(rtnetlink.link_up(1), lambda: "ip link set lo up")
            with self._namespaces.enter(name):
                wrong = inherited.differing() if wrong is None else wrong
                self._of_links[name] = inherited.apply(wrong, name)

    def channel(self, name: str) -> Channel:
        """The netlink socket of a namespace, opened on first use."""
        if name not in self._channels:
            self._channels[name] = Channel(name, partial(self._namespaces.enter, name))
        return self._channels[name]

    def changes(self, name: str) -> tuple[str, ...]:
        """What has changed in a namespace since the last call, in words; subscribed at the first."""
        if name not in self._events:
            with self._namespaces.enter(name):
                self._events[name] = Events(self.channel(name))
        return self._events[name].changes()

    def read(self, name: str, wanted: Sequence[KernelObject] = ()) -> state.Present:
        """Read the objects in a namespace that carry our mark."""
        with self._namespaces.enter(name):
            found = state.read(self.channel(name), wanted)
            devs = [link.name for link in found.links.values() if link.kind == WIREGUARD]
            return replace(
                found,
                daemons=self.daemons.present(name),
                wireguard=self.wireguard.present(name, devs),
                data_paths=self._data_paths.present(self.channel(name)),
                data_path_names=self._data_paths.names(name),
            )

    def await_daemons(self, seconds: float) -> Convergence:
        """Wait until every daemon is ready, the kernel has the routes that they must learn, and they report what they must, each
        for `seconds` at most. KernelError with the end of its log if one does not."""
        self.daemons.await_ready(seconds)
        wanted = {
            name: routes
            for name, things in self._wanted.items()
            if (routes := [thing for thing in things if isinstance(thing, LearnedRoute)])
        }
        learned_at = learned.await_routes(self._namespaces, self.daemons, wanted, seconds)
        self._learned = {name: at - self.daemons.begun for name, at in learned_at.items()} | self._learned
        reported: dict[str, list[str]] = {}
        for name, claim in self.daemons.reported(seconds):
            reported.setdefault(claim, []).append(name)
        return Convergence(
            tuple((name, self._learned[name]) for name in wanted),
            sum(map(len, wanted.values())),
            tuple((claim, tuple(names)) for claim, names in reported.items()),
        )

    def converge(self, desired: DesiredState) -> Applied:
        """Make our objects in the namespaces of `desired` exactly those it lists. A second call finds nothing to do.

        Namespaces that it does not name are not changed, nor are the ends of their veth pairs elsewhere. If a step fails, the
        steps of this call are undone: new namespaces are removed, others return to their previous desired state. Sysctls, qdiscs,
        offloads and steering are not reset. KernelError if the kernel refuses a request.
        """
        before = {name: self._wanted.get(name, ()) for name in desired.objects if name in self._namespaces.names}
        try:
            return self._converge(desired)
        except BarewireError:
            self._undo(desired, before)
            raise

    def _undo(self, desired: DesiredState, before: Mapping[str, Sequence[KernelObject]]) -> None:
        for name in desired.objects:
            self._wanted.pop(name, None)
            if name not in before and name in self._namespaces.names:
                self.remove(name)
        # The first error is the one to report.
        with suppress(BarewireError):
            self._converge(DesiredState(before))

    def release(self, name: str) -> None:
        """Let go of a namespace that was adopted and of which nothing is wanted; it is not changed."""
        self._close(name)
        self._namespaces.release(name)

    def remove(self, name: str) -> None:
        """Remove a namespace that was made, with all that is in it."""
        self.daemons.forget(name)
        self.wireguard.forget(name)
        self._data_paths.forget(name)
        self._close(name)
        self._of_links.pop(name, None)
        self._fresh.discard(name)
        self._namespaces.remove(name)

    def _close(self, name: str) -> None:
        for sockets in (self._events, self._channels):
            if name in sockets:
                sockets.pop(name).close()

    def _converge(self, desired: DesiredState) -> Applied:
        begun = time.monotonic_ns()
        self._wanted |= desired.objects
        missing = [name for name in desired.objects if name not in self._namespaces.names]
        for name in missing:
            if name in desired.adopted:
                self._namespaces.adopt(name, desired.adopted[name])
        self.create(name for name in missing if name not in desired.adopted)
        peers = peers_by_namespace(self._wanted)
        todo = {name: self._difference(name, desired, peers) for name in desired.objects}
        if any(work.remove_daemons or any(isinstance(thing, Daemon) for thing in work.add) for work in todo.values()):
            self.daemons.begun, self._learned = 0, {}
        removed = {name: self._remove(name, work) for name, work in todo.items()}
        if any(removed.values()):
            # With an address or a link the kernel drops what leaned on it, so what is missing is asked again.
            todo = {name: self._difference(name, desired, peers) for name in desired.objects}
        self.daemons.expect(desired)
        for name, work in todo.items():
            for link in work.change:
                change_link(self.channel(name), link)
        stages: dict[int, dict[str, list[KernelObject]]] = {}
        for name, work in todo.items():
            for thing in work.add:
                stages.setdefault(stage_number(thing), {}).setdefault(name, []).append(thing)
        for _, chosen in sorted(stages.items()):
            tables = {name: [one for one in things if isinstance(one, Table)] for name, things in chosen.items()}
            write_tables(self._namespaces, tables)
            requests = netlink_objects.Requests()
            for name, things in chosen.items():
                self._add(name, things, requests)
        self._fresh.difference_update(desired.objects)
        self.counting = frozenset(name for name, wanted in self._wanted.items() if any(map(_counts, wanted)))
        return Applied(
            {name: len(work.add) + len(work.change) for name, work in todo.items()},
            removed,
            time.monotonic_ns() - begun,
        )

    def _difference(self, name: str, desired: DesiredState, peers: Mapping[str, list[Peer]]) -> Difference:
        wanted = desired.objects[name]
        present = state.NOTHING if name in self._fresh else self.read(name, wanted)
        return difference(wanted, peers.get(name, []), present)

    def _remove(self, name: str, work: Difference) -> int:
        channel = self.channel(name)
        for thing in work.remove:
            if isinstance(thing, WireguardPeer):
                self.wireguard.remove(thing, name)
        ours = [thing for thing in work.remove if not isinstance(thing, WireguardPeer)]
        netlink_objects.write_all(channel, ours, netlink_objects.Requests(remove=True))
        for daemon in work.remove_daemons:
            self.daemons.stop(daemon, name)
        with self._namespaces.enter(name):
            for path in work.remove_data_paths:
                self._data_paths.remove(path, channel)
        for link in work.remove_links:
            delete_link(channel, link)
        if work.remove_tables:
            with self._namespaces.enter(name):
                for family, table in work.remove_tables:
                    settings.delete_table(family, table, name)
        names = (work.remove_links, work.remove_tables, work.remove_daemons, work.remove_data_paths)
        return len(work.remove) + sum(map(len, names))

    def _add(self, name: str, things: Sequence[KernelObject], requests: netlink_objects.Requests) -> None:
        channel, written = self.channel(name), netlink_objects.WRITTEN
        netlink_objects.write_all(channel, [thing for thing in things if isinstance(thing, written)], requests)
        others = [thing for thing in things if not isinstance(thing, netlink_objects.WRITTEN | Table)]
        if not others:
            return
        with self._namespaces.enter(name):
            for thing in others:
                match thing:
                    case Link():
                        self._add_link(channel, thing)
                    case Sysctl():
                        settings.write_sysctl(thing, name)
                    case IpSet():
                        ip_sets.write(thing, name)
                    case Qdisc():
                        settings.write_qdisc(thing, name)
                    case Offloads():
                        settings.write_offloads(thing, name)
                    case Steering():
                        steering.write(thing, name)
                    case FouPort():
                        fou_ports.write(thing, name)
                    case WireguardInterface():
                        self.wireguard.configure(thing, name)
                    case WireguardPeer():
                        self.wireguard.add(thing, name)
                    case BpfDataPath():
                        self._data_paths.load(thing, channel)
                    case Daemon():
                        self.daemons.start(thing, name)
        for link in (thing for thing in others if isinstance(thing, Link)):
            self._state(name, link.name)
            if link.peer:
                self._state(link.peer.namespace, link.peer.name)

    def _state(self, namespace: str, dev: str) -> None:
        """Give a new link defined values of the settings that it has copied from the machine, where those are others."""
        if of_links := self._of_links.get(namespace):
            with self._namespaces.enter(namespace):
                inherited.apply_to_link(dev, of_links, namespace)

    def _add_link(self, channel: Channel, link: Link) -> None:
        origin = self.channel(link.parent[0]) if link.parent else channel
        peer = self.channel(link.peer.namespace) if link.peer else None
        add_link(link, origin, channel, self._namespaces.fd(channel.namespace), peer, self._peer_fd(link))
        mark(channel, link.name)
        if link.peer and peer:
            mark(peer, link.peer.name)

    def _peer_fd(self, link: Link) -> int:
        return self._namespaces.fd(link.peer.namespace) if link.peer else -1


def _counts(thing: KernelObject) -> bool:
    return isinstance(thing, NftTable) and thing.body.startswith("counter ")
