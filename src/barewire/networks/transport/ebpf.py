"""BPF programs carry packets between pods, past routing and netfilter of the node: Cilium's way.

A packet that a pod sends meets a program on its link (`from_pod`): source, connection, identity of the destination, the
pod's policy; for another pod of the node it goes on to that pod's program (`to_pod`), else out by `bpf_redirect_neigh` on
the wire, or by `bpf_redirect` into a tunnel with the sender's identity as the VNI. What arrives on the wire or from the
tunnel meets a program (`to_node`) that finds the pod; `to_pod` looks up connection and policy, and `bpf_redirect_peer`
hands the packet to the pod's end without the node's end of the pair. With `legacy-routing`, as in Cilium's default
installation, that is `bpf_redirect` to the node's end, no program is on the wire, and what is not for the tunnel is the
kernel's to route.

The programs are barewire's own (`kernel.bpf_programs`). Hooks, helpers, maps and look-ups and their order are those of
Cilium's programs with BPF host routing and without a policy; what else theirs do is not here: services, masquerading at the
wire, events, metrics, fragments, proxies, ICMP errors. So what this costs is a lower bound of what Cilium costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.model.data_path import BpfDataPath, BpfMap, BpfProgram
from barewire.model.expectation import Encapsulation
from barewire.model.leases import Lease, NodeView, PodLease
from barewire.model.network import WIRE_DEV
from barewire.model.objects import IPAddress, KernelObject, Link, Route, stable_mac
from barewire.networks import ebpf
from barewire.networks.encapsulation.geneve import GeneveEncapsulation
from barewire.networks.encapsulation.none import NoEncapsulation
from barewire.networks.encapsulation.vxlan import VxlanEncapsulation
from barewire.networks.own import OwnAddress
from barewire.networks.part import Delivery, Facts, flag_option, known_options

_TUNNELS: dict[str, tuple[str, Encapsulation, tuple[tuple[str, int | bool], ...]]] = {
    "vxlan": (
        "cilium_vxlan", VxlanEncapsulation(8472, ebpf.POD_IDENTITY), (("vxlan_collect_metadata", True), ("vxlan_port", 8472)),
    ),
    "geneve": (
        "cilium_geneve", GeneveEncapsulation(6081, ebpf.POD_IDENTITY), (("geneve_collect_metadata", True), ("geneve_port", 6081)),
    ),
}  # fmt: skip
"""The device of each kind of tunnel with what is around packets and how it is made, as Cilium has it."""

_LEGACY = "legacy-routing"
"""Cilium's `bpf.hostLegacyRouting`, which it falls back to without its replacement of kube-proxy, so by default."""

_IPV6_KEY, _NO_CHECKSUM = 1, 2
"""BPF_F_TUNINFO_IPV6 and BPF_F_ZERO_CSUM_TX."""

_FROM_WIRE, _FROM_TUNNEL = 0, 2
"""Where programs stand in the map `calls`, before each pod's; the next one is IPv6's."""

_FIRST_POD = 4


class EbpfTransport(OwnAddress):
    """Routes and programs on each node; with an option, a tunnel device."""

    name: ClassVar[str] = "ebpf"
    carries: ClassVar[frozenset[Delivery]] = frozenset({"programs"})
    wants_switch: ClassVar[bool] = False
    per_peer: ClassVar[bool] = True
    needs: frozenset[str] = frozenset({"bpf:load"})
    crosses: frozenset[str] = frozenset()

    def __init__(self, tunnel: str, *, legacy: bool) -> None:
        self.tunnel, self.legacy = tunnel, legacy

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        known_options(cls.name, options, (*_TUNNELS, _LEGACY))
        tunnels, legacy = [option for option in options if option in _TUNNELS], flag_option(cls.name, options, _LEGACY)
        if len(tunnels) > 1 or any(options.values()):
            raise NetworkError(f"{cls.name} has one kind of tunnel", remedy="Write ebpf, ebpf:vxlan or ebpf:geneve")
        if legacy and not tunnels:
            raise NetworkError(f"{cls.name}:{_LEGACY} is for tunnels", remedy=f"Write ebpf:vxlan:{_LEGACY}")
        return cls(tunnels[0] if tunnels else "", legacy=legacy)

    @property
    def facts(self) -> Facts:
        l2 = "nothing: nodes may be routed to each other" if self.tunnel else "nodes on one segment"
        return Facts("BPF programs between pods and the wire", l2, "CAP_NET_ADMIN and CAP_BPF on the node")

    def encapsulation(self, family: int) -> Encapsulation:
        return _TUNNELS[self.tunnel][1] if self.tunnel else NoEncapsulation()

    def node(self, view: NodeView) -> list[KernelObject]:
        if not self.tunnel:
            return []
        dev, _, attributes = _TUNNELS[self.tunnel]
        return [Link(dev, self.tunnel, view.pod_mtu, stable_mac(view.name, dev), attributes=attributes)]

    def shares_peers(self, view: NodeView) -> bool:
        return not self.tunnel

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        if not self.tunnel:
            return [Route(family.subnet, WIRE_DEV, family.address.ip) for family in peer.families]
        mine = {family.version: family.gateway.ip for family in view.lease.families}
        return [Route(family.subnet, ebpf.HOST_DEV, src=mine[family.version]) for family in peer.families]

    def peers(self, view: NodeView, peers: Sequence[Lease]) -> list[KernelObject]:
        outer = self.outer(view.versions[0], view.versions) if self.tunnel else 0
        calls = _FIRST_POD + 2 * (len(view.pods) + 1)
        maps = (
            ebpf.endpoints(view),
            ebpf.identities(view, peers, outer),
            *(ebpf.connections(version) for version in view.versions),
            *ebpf.policies(view.pods),
            BpfMap("calls", "prog_array", 4, 4, calls),
            BpfMap("deliveries", "prog_array", 4, 4, calls),
        )
        programs = [*self._of_node(view, outer)]
        for pod in view.pods:
            programs += self._of_pod(view, pod, outer)
        return [BpfDataPath("programs", maps, tuple(programs))]

    def _of_node(self, view: NodeView, outer: int) -> Iterator[BpfProgram]:
        entries = [] if self.legacy else [("wire", WIRE_DEV, _FROM_WIRE)]
        if self.tunnel:
            entries.append(("tunnel", _TUNNELS[self.tunnel][0], _FROM_TUNNEL))
        for where, dev, place in entries:
            for version in view.versions:
                constants = (
                    ("IPV6", int(version == 6)), ("FROM_TUNNEL", int(where == "tunnel")), ("TUNNEL_FLAGS", int(outer == 6)),
                    ("LEGACY", int(self.legacy)),
                )  # fmt: skip
                yield BpfProgram(
                    f"from_{where}_{version}", "to_node", constants, _same("endpoints", "identities", "deliveries"),
                    (("calls", place + (version == 6)),),
                )  # fmt: skip
            yield _entry(f"from_{where}", dev, place, from_pod=False)

    def _of_pod(self, view: NodeView, pod: PodLease, outer: int) -> Iterator[BpfProgram]:
        index, dev = pod.pod.index, ebpf.host_end(pod)
        place = _FIRST_POD + ebpf.place(pod) - 2
        tunnel = f"@{_TUNNELS[self.tunnel][0]}" if self.tunnel else 0
        for interface in pod.addresses:
            six = int(interface.version == 6)
            own = (("connections", f"connections_{interface.version}"), ("policy", f"policy_{index}"))
            constants: tuple[tuple[str, int | str], ...] = (
                ("IPV6", six), *_address(interface.ip), ("IDENTITY", ebpf.POD_IDENTITY), ("WIRE", f"@{WIRE_DEV}"),
                ("LEGACY", int(self.legacy)), ("TUNNEL", tunnel), ("TUNNEL_FLAGS", _IPV6_KEY if outer == 6 else _NO_CHECKSUM),
            )  # fmt: skip
            yield BpfProgram(
                f"from_{index}_{interface.version}", "from_pod", constants,
                (*own, *_same("endpoints", "identities", "deliveries")), (("calls", place + six),),
            )  # fmt: skip
            yield BpfProgram(
                f"to_{index}_{interface.version}", "to_pod",
                (("IPV6", six), ("LEGACY", int(self.legacy)), ("POD", f"@{dev}")), own, (("deliveries", ebpf.place(pod) + six),),
            )  # fmt: skip
        yield _entry(f"from_{index}", dev, place, from_pod=True)


def _entry(name: str, dev: str, place: int, *, from_pod: bool) -> BpfProgram:
    constants = (("IPV6", 0), ("FROM_POD", int(from_pod)), ("CALL", place))
    return BpfProgram(name, "entry", constants, _same("calls"), (), dev, "pod" if from_pod else "ingress")


def _same(*names: str) -> tuple[tuple[str, str], ...]:
    """Maps that a program knows by their own names."""
    return tuple((name, name) for name in names)


def _address(address: IPAddress) -> tuple[tuple[str, int], ...]:
    """An address as a program compares it, word by word of a packet."""
    if address.version == 4:
        return (("ADDRESS", int.from_bytes(address.packed, "little")),)
    high, low = (int.from_bytes(half, "little") for half in (address.packed[:8], address.packed[8:]))
    return (("ADDRESS", high), ("ADDRESS_LOW", low))
