"""Fold the answers of parts, which know one node, into the desired state of a node or of a whole lab.

A part answers for one node, one pod on it and one peer (another node's lease). A real node asks for itself alone; a lab
folds the same answers over all its nodes. What a node costs is O(pods + peers); only a transport that holds something per
peer is asked per peer, so the work for a lab is O(nodes^2) where the network itself is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from barewire.model.leases import Lease, NodeView
from barewire.model.network import WIRE_NAMESPACE
from barewire.model.objects import DesiredState, KernelObject
from barewire.networks.part import Attach, Policy, Transport

Wanted = Iterator[tuple[str, Sequence[KernelObject]]]


def attached(attach: Attach, views: Sequence[NodeView]) -> DesiredState:
    """The nodes and, after all of them, their pods."""

    def wanted() -> Wanted:
        for view in views:
            if node := attach.node(view):
                yield view.name, node
        for view in views:
            for pod in view.pods:
                outside, inside = attach.pod(view, pod)
                if outside:
                    yield view.name, outside
                yield attach.pod_namespace(pod.pod), inside

    return _joined(wanted())


def carried(transport: Transport, views: Iterable[NodeView], peers: Sequence[Lease]) -> DesiredState:
    """What the transport wants on each of `views`; the lease of a node itself among `peers` is passed over."""

    def wanted() -> Wanted:
        shared: dict[int, Sequence[KernelObject]] = {}
        for view in views:
            if node := transport.node(view):
                yield view.name, node
            if transport.per_peer:
                known = shared if _shares(transport, view) else {}
                for peer in peers:
                    if peer.node != view.lease.node:
                        if peer.node not in known:
                            known[peer.node] = transport.peer(view, peer)
                        yield view.name, known[peer.node]
            # A transport of another package may be older than this method.
            if together := getattr(transport, "peers", None):
                others = [peer for peer in peers if peer.node != view.lease.node]
                yield view.name, together(view, others)

    return _joined(wanted())


def _shares(transport: Transport, view: NodeView) -> bool:
    # A transport of another package may be older than this method.
    shares = getattr(transport, "shares_peers", None)
    return bool(shares and shares(view))


def routed(transport: Transport, view: NodeView, leases: Sequence[Lease]) -> DesiredState:
    """The router on the wire, for a transport that wants one; only it knows all nodes at once."""
    wanted = transport.router(view, leases)
    return DesiredState({WIRE_NAMESPACE: tuple(wanted)}) if wanted else DesiredState()


def ruled(policy: Policy, views: Iterable[NodeView]) -> DesiredState:
    """The rules of each node."""
    return _joined((view.name, rules) for view in views if (rules := policy.node(view)))


def _joined(wanted: Iterable[tuple[str, Sequence[KernelObject]]]) -> DesiredState:
    """All objects by namespace, in the order in which they come."""
    objects: dict[str, list[KernelObject]] = {}
    for namespace, things in wanted:
        objects.setdefault(namespace, []).extend(things)
    return DesiredState({name: tuple(things) for name, things in objects.items()})
