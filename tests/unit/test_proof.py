"""The proof of a lab, from bytes: frames of a lab as it should be hold, and each thing that is wrong is refused by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import dpkt
import pytest

from barewire.errors import ProofError
from barewire.kernel.taps import Frame, with_ethernet
from barewire.lab import claims, hops, proof
from barewire.lab.frames import headers, is_fragment, ports
from barewire.lab.lab import desired_state
from barewire.lab.proof import ProofPair
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.model.objects import DesiredState
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.testbeds.fake import FakeTestbed
from barewire.testbeds.testbed import Exchange, Seen

TOPOLOGY = Topology.uniform(2, 1, addresses=AddressPlan((4, 6)))
PODS, NODES, GATEWAY = ("10.128.1.2", "10.128.2.2"), ("10.10.0.2", "10.10.0.3"), "10.128.2.1"
MACS = (b"\x0a\0\0\0\0\1", b"\x0a\0\0\0\0\2")
KINDS = {
    **{
        f"n{n}": {"eth0": "veth", "eth1": "veth", "cni0": "bridge", "veth1": "veth", "flannel.1": "vxlan"}
        for n in (1, 2)
    },
    **{f"n{n}-p1": {"eth0": "veth"} for n in (1, 2)},
}
BRIDGED = {"n1-p1": [("eth0", "out")], "n1": [("veth1", "in"), ("cni0", "in")]}
ARRIVING = {"n2": [("cni0", "out"), ("veth1", "out")], "n2-p1": [("eth0", "in")]}

Taps = Sequence[tuple[str, str, str, bytes]]
"""(namespace, device, direction, frame) in the order of the way."""


def packet(
    source: str,
    destination: str,
    payload: bytes,
    *,
    sport: int = 40_000,
    dport: int = 20_999,
    udp: bool = False,
    mf: int = 0,
    offset: int = 0,
) -> bytes:
    """An Ethernet frame of IPv4 or IPv6 with TCP or UDP."""
    transport: dpkt.Packet = (
        dpkt.udp.UDP(sport=sport, dport=dport, ulen=8 + len(payload), data=payload)
        if udp
        else dpkt.tcp.TCP(sport=sport, dport=dport, data=payload)
    )
    number = 17 if udp else 6
    if ":" in source:
        ends = {"src": IPv6Address(source).packed, "dst": IPv6Address(destination).packed}
        inside: dpkt.Packet = dpkt.ip6.IP6(**ends, nxt=number, plen=len(transport), data=transport)
        return bytes(dpkt.ethernet.Ethernet(src=MACS[0], dst=MACS[1], type=0x86DD, data=inside))
    ends = {"src": IPv4Address(source).packed, "dst": IPv4Address(destination).packed}
    inside = dpkt.ip.IP(**ends, p=number, data=transport, mf=mf, offset=offset)
    inside.len = len(inside)
    return bytes(dpkt.ethernet.Ethernet(src=MACS[0], dst=MACS[1], type=0x0800, data=inside))


def tunnelled(frame: bytes, *, port: int = 8472, vni: int = 1, nodes: tuple[str, str] = NODES, mf: int = 0) -> bytes:
    """The frame in VXLAN."""
    return packet(*nodes, b"\x08\0\0\0" + vni.to_bytes(3, "big") + b"\0" + frame, udp=True, dport=port, mf=mf)


def taps_of(name: str, inner: bytes, outer: bytes, *, back: bool) -> Taps:
    """The taps of a packet by a flannel network, from the client's pod or back to it."""
    device = [("flannel.1", "out")] if name == "flannel/vxlan" else []
    there = [(ns, dev, to, inner) for ns, devices in BRIDGED.items() for dev, to in devices]
    there += [("n1", dev, to, inner) for dev, to in device] + [
        ("n1", "eth0", "out", outer),
        ("n2", "eth0", "in", outer),
    ]
    there += [("n2", dev, "in", inner) for dev, _ in device]
    there += [(ns, dev, to, inner) for ns, devices in ARRIVING.items() for dev, to in devices]
    turned = {"n1": "n2", "n2": "n1", "n1-p1": "n2-p1", "n2-p1": "n1-p1"}
    return [(turned[ns], dev, to, data) for ns, dev, to, data in there] if back else there


class World:
    """A flannel network, its exchanges, and the frames that taps would see of them; tests spoil some."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.network: Network = catalogue.network(catalogue.parse(name))
        self.pair = ProofPair(Pod(1, 1), Pod(2, 1), 4)
        self.flows: list[Exchange] = proof.marked_exchanges(self.network, TOPOLOGY, self.pair)
        self.outer: Callable[[bytes], bytes] = tunnelled if name == "flannel/vxlan" else lambda frame: frame
        self.outer_back = self.outer
        if name == "flannel/vxlan":
            self.outer_back = lambda frame: tunnelled(frame, nodes=(NODES[1], NODES[0]))
        self.change: Callable[[Taps], Taps] = lambda taps: taps
        self.change_back: Callable[[Taps], Taps] = lambda taps: taps
        self.change_full: Callable[[Taps], Taps] = lambda taps: taps
        self.arrived = True

    def there(self, flow: Exchange, sport: int) -> Taps:
        inner = packet(*PODS, flow.token, sport=sport)
        return self.change(taps_of(self.name, inner, self.outer(inner), back=False))

    def back(self, flow: Exchange, dport: int) -> Taps:
        inner = packet(PODS[1], PODS[0], flow.token[::-1], sport=20_999, dport=dport)
        return self.change_back(taps_of(self.name, inner, self.outer_back(inner), back=True))

    def full(self) -> Taps:
        inner = packet(*PODS, self.flows[0].mark.ljust(self.flows[0].full_bytes, b"\0"), udp=True)
        return self.change_full(taps_of(self.name, inner, self.outer(inner), back=False))

    def seen(self) -> list[Seen]:
        found = []
        for number, flow in enumerate(self.flows):
            port = 40_000 + number
            full = frames(self.full()) if number == 0 else ()
            seen = (*frames(self.there(flow, port)), *frames(self.back(flow, port), 100))
            found.append(Seen(seen, self.arrived, KINDS, full))
        return found

    def proved(self) -> proof.Proof:
        return proof.judge(
            self.network, TOPOLOGY, self.pair, self.flows, self.seen(), joined(self.network), known(self.network)
        )


def joined(network: Network) -> list[tuple[hops.Tap, hops.Tap]]:
    """The links of the network's lab."""
    return hops.joints(desired_state(network, TOPOLOGY, "cubic", ipv6=True))


def known(network: Network) -> Mapping[str, Collection[str]]:
    """The names of the links of the network's lab."""
    return claims.links_of(desired_state(network, TOPOLOGY, "cubic", ipv6=True), TOPOLOGY)


def frames(taps: Taps, start: int = 0) -> tuple[Frame, ...]:
    return tuple(Frame(*tap[:3], start + at, start + at, tap[3]) for at, tap in enumerate(taps))


@pytest.fixture(params=["flannel/vxlan", "flannel/host-gw"])
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


@pytest.fixture
def vxlan() -> World:
    return World("flannel/vxlan")


@pytest.fixture
def routed() -> World:
    return World("flannel/host-gw")


def refused(world: World, *words: str) -> None:
    """The proof fails, and says each of `words`."""
    with pytest.raises(ProofError) as caught:
        world.proved()
    assert caught.value.exit_code == 3
    for said in words:
        assert said in str(caught.value)


def elsewhere(namespace: str, dev: str, new: str) -> Callable[[Taps], Taps]:
    """The packet at another device than it should be."""
    return lambda taps: [(n, new if (n, d) == (namespace, dev) else d, to, data) for n, d, to, data in taps]


def without(namespace: str, *devices: str) -> Callable[[Taps], Taps]:
    """The packet passes a device by."""
    return lambda taps: [tap for tap in taps if tap[0] != namespace or tap[1] not in devices]


def translated(where: Callable[[str, str], bool], new: bytes) -> Callable[[Taps], Taps]:
    """Another frame at some taps."""
    return lambda taps: [(n, d, to, new if where(n, d) else data) for n, d, to, data in taps]


@pytest.mark.parametrize("ahead", ["n1", "n2", "n1-p1", "n2-p1"])
def test_the_way_is_in_order_whatever_the_clocks_of_nodes_say(vxlan: World, ahead: str) -> None:
    seen = vxlan.seen()
    late = {ahead: 10**12}
    shifted = [
        replace(
            one,
            frames=tuple(replace(f, nanoseconds=f.nanoseconds + late.get(f.namespace, 0)) for f in one.frames[::-1]),
        )
        for one in seen
    ]
    links = joined(vxlan.network)
    names = known(vxlan.network)
    ways = [proof.judge(vxlan.network, TOPOLOGY, vxlan.pair, vxlan.flows, one, links, names) for one in (seen, shifted)]
    for found, wanted in zip(*((way.forward, way.reverse) for way in ways), strict=True):
        assert [(hop.namespace, hop.dev, hop.direction) for hop in found] == [
            (hop.namespace, hop.dev, hop.direction) for hop in wanted
        ]
    inner = packet(*PODS, b"")
    taps = taps_of("flannel/vxlan", inner, tunnelled(inner), back=False)
    assert [(hop.namespace, hop.dev, hop.direction) for hop in ways[1].forward] == [tap[:3] for tap in taps]


def test_frames_in_a_circle_are_all_there() -> None:
    circle = [(("a", "x", "out"), ("b", "y", "in")), (("b", "y", "out"), ("a", "x", "in"))]
    seen = [Frame("a", "x", "in", 0, 1, b""), Frame("a", "x", "out", 0, 2, b""),
            Frame("b", "y", "in", 0, 1, b""), Frame("b", "y", "out", 0, 2, b"")]  # fmt: skip
    assert hops.ordered(seen, circle, "a") == seen
    assert hops.ordered([], circle, "a") == []


def test_a_lab_as_it_should_be_is_proved(world: World) -> None:
    found = world.proved()
    assert all(claim.holds for claim in found.claims)
    assert [hop.namespace for hop in found.forward][::3][:1] == ["n1-p1"]
    assert (found.reverse[0].namespace, found.reverse[-1].namespace) == ("n2-p1", "n1-p1")


def test_a_wrong_vni_is_refused(vxlan: World) -> None:
    vxlan.outer = lambda frame: tunnelled(frame, vni=7)
    refused(
        vxlan, "expected the request at n1/eth0 (out) is", "VNI 1 [10.128.1.2 > 10.128.2.2], seen", "UDP 8472 VNI 7 ["
    )


def test_a_wrong_port_is_refused(vxlan: World) -> None:
    vxlan.outer = lambda frame: tunnelled(frame, port=4789)
    refused(vxlan, "vxlan UDP 8472 VNI 1", "seen 10.10.0.2 > 10.10.0.3, vxlan UDP 4789 VNI 1 [10.128.1.2 > 10.128.2.2]")


def test_a_wrong_outer_address_is_refused(vxlan: World) -> None:
    vxlan.outer = lambda frame: tunnelled(frame, nodes=("10.10.0.77", NODES[1]))
    refused(vxlan, "seen 10.10.0.77 > 10.10.0.3, vxlan UDP 8472 VNI 1")


def test_a_tunnel_where_none_should_be_is_refused(routed: World) -> None:
    routed.outer = tunnelled
    refused(routed, "(out) is 10.128.1.2 > 10.128.2.2, seen 10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 1 [")


def test_no_tunnel_where_one_should_be_is_refused(vxlan: World) -> None:
    vxlan.outer = lambda frame: frame
    refused(vxlan, "vxlan UDP 8472 VNI 1 [10.128.1.2 > 10.128.2.2], seen 10.128.1.2 > 10.128.2.2")


def test_a_wrong_answer_alone_is_refused(vxlan: World) -> None:
    vxlan.outer_back = lambda frame: tunnelled(frame, nodes=(NODES[1], NODES[0]), vni=9)
    refused(vxlan, "expected the answer at n2/eth0 (out)", "VNI 9")


@pytest.mark.parametrize("namespace", ["n1", "n2"])
def test_a_bridge_passed_by_on_one_node_is_refused(world: World, namespace: str) -> None:
    world.change = without(namespace, "cni0")
    refused(world, "the links crossed between wire and pods are: bridge, veth", f"(the request at {namespace}")


def test_a_bridge_passed_by_on_the_way_back_is_refused(world: World) -> None:
    world.change_back = without("n1", "cni0")
    refused(world, "(the answer at n1)")


@pytest.mark.parametrize("node", ["n1", "n2"])
def test_an_address_translated_behind_the_wire_is_refused(world: World, node: str) -> None:
    token = world.flows[0].token
    new = packet(PODS[0], GATEWAY, token) if node == "n1" else packet(GATEWAY, PODS[1], token)
    world.change = translated(lambda n, d: (n.startswith(node) and d != "eth0") or n == f"{node}-p1", new)
    refused(world, "nothing translates the request 10.128.1.2 > 10.128.2.2, seen", GATEWAY)


def test_a_translated_port_is_refused(routed: World) -> None:
    new = packet(*PODS, routed.flows[0].token, sport=61_000)
    routed.change = lambda taps: translated(lambda n, d: n == "n2-p1", new)(taps) if tokens(taps, routed) else taps
    refused(routed, "the ports of the request stay the same, seen 40000 > 20999 and 61000 > 20999")


def tokens(taps: Taps, world: World) -> bool:
    return all(world.flows[0].token in data for *_, data in taps)


def test_a_second_path_of_one_flow_is_refused(routed: World) -> None:
    def change(taps: Taps) -> Taps:
        if not all(routed.flows[5].token in data for *_, data in taps):
            return taps
        return elsewhere("n2", "eth0", "eth1")(elsewhere("n1", "eth0", "eth1")(taps))

    routed.change = change
    refused(routed, "every link crossed is one of the lab's, seen n1/eth1; n2/eth1")


def test_a_copy_on_a_second_path_is_refused(world: World) -> None:
    world.change = lambda taps: [*taps, ("n1", "eth1", "out", taps[0][3])]
    refused(world, "every link crossed is one of the lab's, seen n1/eth1")


def test_a_datagram_that_takes_another_way_is_refused(world: World) -> None:
    world.change_full = elsewhere("n1", "eth0", "eth1")
    refused(world, "expected the datagram at n1/eth0 (out)", "seen no such packet", "seen n1/eth1")


def test_a_datagram_seen_twice_is_refused(world: World) -> None:
    world.change_full = lambda taps: [tap for tap in taps for _ in range(2 if tap[1] == "eth0" else 1)]
    refused(world, "each interface sees it once, seen", "2 times at n1/eth0 (out)")


def test_fragments_on_the_wire_are_refused(vxlan: World) -> None:
    # RFC 791: the flag "more fragments" is 0x2000 of the field; dpkt calls it mf.
    vxlan.change_full = lambda taps: [
        (n, d, to, tunnelled(taps[0][3], mf=1) if d == "eth0" and "-" not in n else data) for n, d, to, data in taps
    ]
    refused(vxlan, "a packet of 1450 B passes unfragmented, seen it arrived, in fragments at n1/eth0; n2/eth0")


def test_a_full_packet_that_does_not_arrive_is_refused(world: World) -> None:
    world.arrived = False
    refused(world, "passes unfragmented, seen it did not")


def test_an_exchange_that_fails_shows_the_wire(vxlan: World) -> None:
    inner = packet(*PODS, b"")
    taps = frames(taps_of("flannel/vxlan", inner, tunnelled(inner, vni=7), back=False))
    testbed = FakeTestbed(seen=[Seen(taps, False, KINDS, failed="timed out")])
    with (
        pytest.raises(
            ProofError, match=r"timed out; packets were seen at n1-p1/eth0.*on the wire .*VNI 7 \[.*expected .*VNI 1 \["
        ),
        testbed.open() as nodes,
    ):
        proof.prove(vxlan.network, TOPOLOGY, nodes, [vxlan.pair], DesiredState())


def test_a_full_table_of_the_machine_is_no_bug_of_the_network(vxlan: World) -> None:
    testbed = FakeTestbed(seen=[Seen((), False, KINDS, failed="timed out", dropped=("ARP table full",))])
    with pytest.raises(ProofError) as caught, testbed.open() as nodes:
        proof.prove(vxlan.network, TOPOLOGY, nodes, [vxlan.pair], DesiredState())
    assert "dropped meanwhile: ARP table full" in str(caught.value)
    assert "net.ipv4.neigh.default.gc_thresh3" in caught.value.remedy
    assert "report it" not in caught.value.remedy


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packet(*PODS, b"x"), "10.128.1.2 > 10.128.2.2"),
        (packet("fd00::1", "fd00::2", b"x"), "fd00::1 > fd00::2"),
        (tunnelled(packet("fd00::1", "fd00::2", b"x"), vni=42, port=4789),
         "10.10.0.2 > 10.10.0.3, vxlan UDP 4789 VNI 42 [fd00::1 > fd00::2]"),
        (packet(*NODES, b"\x08\0\0\0\0\0\1\0too short", udp=True), "10.10.0.2 > 10.10.0.3"),
        (packet(*NODES, b"\x08", udp=True), "10.10.0.2 > 10.10.0.3"),
    ],
)  # fmt: skip
def test_headers_are_read_from_bytes(data: bytes, said: str) -> None:
    assert str(headers(data)) == said


@pytest.mark.parametrize(("source", "destination"), [PODS, ("fd00::1", "fd00::2")])
def test_packets_of_a_link_without_ethernet_are_read_like_all(source: str, destination: str) -> None:
    frame = packet(source, destination, b"x")
    protocol = int.from_bytes(frame[12:14], "big")
    tunnel, ethernet, loopback = 768, 1, 772
    assert headers(with_ethernet(frame[14:], protocol, tunnel)) == headers(frame)
    assert with_ethernet(frame, protocol, ethernet) == with_ethernet(frame, protocol, loopback) == frame


@pytest.mark.parametrize("data", [b"", b"\0" * 13, b"\xff" * 60, MACS[0] + MACS[1] + b"\x08\x06" + b"\0" * 28])
def test_bytes_without_ip_have_no_headers(data: bytes) -> None:
    assert headers(data) is None
    assert ports(data) is None
    assert not is_fragment(data)


def test_ports_are_those_of_the_innermost_packet() -> None:
    inner = packet(*PODS, b"x", sport=1, dport=2)
    assert (ports(inner), ports(tunnelled(inner))) == ((1, 2), (1, 2))


def test_fragments_of_both_families_are_known() -> None:
    assert not is_fragment(packet(*PODS, b"x"))
    assert is_fragment(packet(*PODS, b"x", mf=1))
    assert is_fragment(packet(*PODS, b"x", offset=64))
    assert not is_fragment(packet("fd00::1", "fd00::2", b"x"))
    # RFC 8200 4.5: next header UDP, reserved, offset 0 with M set, identification.
    fragment = b"\x11\0\0\1\0\0\0\7" + b"\0" * 16
    ends = IPv6Address("fd00::1").packed + IPv6Address("fd00::2").packed
    fixed = b"\x60\0\0\0" + len(fragment).to_bytes(2, "big") + bytes([44, 64]) + ends
    assert is_fragment(MACS[0] + MACS[1] + b"\x86\xdd" + fixed + fragment)


def test_docker_is_proved_with_the_addresses_that_it_promises() -> None:
    network = catalogue.network(catalogue.parse("docker"))
    pair = ProofPair(Pod(1, 1), Pod(2, 1), 4)
    flows = proof.marked_exchanges(network, TOPOLOGY, pair)
    sent, wire, received = (PODS[0], NODES[1]), NODES, (NODES[0], PODS[1])

    def taps(payload: bytes, pairs: Sequence[tuple[str, str]], *, back: bool, udp: bool = False) -> Taps:
        first, middle, last = (packet(*ends, payload, udp=udp) for ends in pairs)
        way = taps_of("docker", first, middle, back=back)
        ends = ("n1-p1", "n1") if back else ("n2-p1", "n2")
        way = [(n, "docker0" if d == "cni0" else d, to, data) for n, d, to, data in way]
        return [(n, d, to, last if n in ends and (d != "eth0" or "-" in n) else data) for n, d, to, data in way]

    kinds = {
        ns: {"docker0" if dev == "cni0" else dev: kind for dev, kind in found.items()} for ns, found in KINDS.items()
    }

    pairs = (sent, wire, received)
    turned = [(last[1], last[0]) for last in reversed(pairs)]
    seen = []
    for flow in flows:
        there, back = taps(flow.token, pairs, back=False), taps(flow.token[::-1], turned, back=True)
        full = taps(flow.mark, pairs, back=False, udp=True) if flow.mark else ()
        seen.append(Seen((*frames(there), *frames(back, 100)), True, kinds, frames(full)))
    found = proof.judge(network, TOPOLOGY, pair, flows, seen, joined(network), known(network))
    assert "the request leaves as 10.128.1.2 > 10.10.0.3 and arrives as 10.10.0.2 > 10.128.2.2" in str(found.claims)
    untranslated = [replace(one, frames=tuple(replace(f, data=packet(*PODS, flow.token)) if "-" in f.namespace else f
                    for f in one.frames)) for one, flow in zip(seen, flows, strict=True)]  # fmt: skip
    with pytest.raises(
        ProofError, match=r"arrives as 10.10.0.2 > 10.128.2.2, seen 10.128.1.2 > 10.128.2.2 at n1-p1/eth0"
    ):
        proof.judge(network, TOPOLOGY, pair, flows, untranslated, joined(network), known(network))
