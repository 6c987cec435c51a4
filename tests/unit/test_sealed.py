"""Encrypted packets of a proof: each message on the wire is found by order and length, and a wrong one by what it shows."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address

import dpkt
import pytest

from barewire.errors import ProofError
from barewire.kernel.taps import Frame
from barewire.lab import claims, hops, proof
from barewire.lab.lab import desired_state
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.model.objects import DesiredState, WireguardInterface, WireguardPeer
from barewire.networks import catalogue
from barewire.networks.encapsulation.wireguard import WireguardEncapsulation
from barewire.testbeds.testbed import Exchange, Seen

TOPOLOGY, NETWORK = Topology.uniform(2, 1), catalogue.network(catalogue.parse("ptp+wireguard"))
PODS, NODES = ("10.128.1.2", "10.128.2.2"), ("10.10.0.2", "10.10.0.3")
KINDS = {
    **{f"n{n}": {"eth0": "veth", "veth1": "veth", "wg0": "wireguard"} for n in (1, 2)},
    **{f"n{n}-p1": {"eth0": "veth"} for n in (1, 2)},
}
MTU = 1420

Message = Callable[[tuple[str, str], int], bytes]


def ip(ends: tuple[str, str], protocol: int, inside: bytes) -> bytes:
    addresses = {"src": IPv4Address(ends[0]).packed, "dst": IPv4Address(ends[1]).packed}
    return bytes(dpkt.ip.IP(**addresses, p=protocol, data=inside, len=20 + len(inside)))


def framed(packet: bytes) -> bytes:
    return bytes(12) + b"\x08\0" + packet


def message(ends: tuple[str, str], bytes_inside: int, port: int = 51820) -> bytes:
    """A WireGuard message that holds a packet of so many bytes, as the kernel pads it."""
    padded = min(MTU, (bytes_inside + 15) // 16 * 16)
    payload = b"\x04\0\0\0" + bytes(12) + bytes(padded) + bytes(16)
    return framed(ip(ends, 17, bytes(dpkt.udp.UDP(sport=port, dport=port, ulen=8 + len(payload), data=payload))))


def other_length(ends: tuple[str, str], bytes_inside: int) -> bytes:
    return message(ends, bytes_inside + 64)


def other_port(ends: tuple[str, str], bytes_inside: int) -> bytes:
    return message(ends, bytes_inside, 51900)


def other_node(ends: tuple[str, str], bytes_inside: int) -> bytes:
    return message((ends[0], "10.10.0.77"), bytes_inside)


def handshake(ends: tuple[str, str], bytes_inside: int) -> bytes:
    return message(ends, bytes_inside).replace(b"\x04\0\0\0" + bytes(12), b"\x01\0\0\0" + bytes(12))


def in_clear(flow: Exchange) -> Message:
    """The packet itself where its message should be."""

    def sent(ends: tuple[str, str], bytes_inside: int) -> bytes:
        return tcp(flow.token, 1) if ends == NODES else tcp(flow.token[::-1], 1, back=True)

    return sent


def tcp(payload: bytes, flow: int, *, back: bool = False) -> bytes:
    ports = {"sport": 40_000 + flow, "dport": 20_999} if not back else {"sport": 20_999, "dport": 40_000 + flow}
    return framed(ip(PODS[::-1] if back else PODS, 6, bytes(dpkt.tcp.TCP(**ports, data=payload))))


def way(inner: bytes, outer: Message, start: int, *, back: bool) -> list[Frame]:
    first, second = ("n2", "n1") if back else ("n1", "n2")
    sealed = outer(NODES[::-1] if back else NODES, len(inner) - 14)
    taps = [
        (f"{first}-p1", "eth0", "out", inner), (first, "veth1", "in", inner), (first, "wg0", "out", inner),
        (first, "eth0", "out", sealed), (second, "eth0", "in", sealed), (second, "wg0", "in", inner),
        (second, "veth1", "out", inner), (f"{second}-p1", "eth0", "in", inner),
    ]  # fmt: skip
    return [Frame(*tap[:3], start + at, start + at, tap[3]) for at, tap in enumerate(taps)]


def proved(outer: Callable[[Exchange], Message], datagram: Message = message) -> proof.Proof:
    pair = proof.ProofPair(Pod(1, 1), Pod(2, 1), 4)
    flows = proof.marked_exchanges(NETWORK, TOPOLOGY, pair)
    seen = []
    for number, flow in enumerate(flows):
        start = 100 * number
        there = way(tcp(flow.token, number), outer(flow), start, back=False)
        back = way(tcp(flow.token[::-1], number, back=True), outer(flow), start + 20, back=True)
        full: list[Frame] = []
        if flow.mark:
            data = flow.mark.ljust(flow.full_bytes, b"\0")
            inner = framed(ip(PODS, 17, bytes(dpkt.udp.UDP(sport=5, dport=20_999, ulen=8 + len(data), data=data))))
            assert len(inner) == 14 + MTU
            full = way(inner, datagram, start + 50, back=False)
        seen.append(Seen((*there, *back), True, KINDS, tuple(full), ("a", "a")))
    desired = desired_state(NETWORK, TOPOLOGY, "cubic", ipv6=True)
    joined, known = hops.joints(desired), claims.links_of(desired, TOPOLOGY)
    return proof.judge(NETWORK, TOPOLOGY, pair, flows, seen, joined, known)


def test_an_encrypted_lab_is_proved_and_its_path_has_the_wire() -> None:
    found = proved(lambda flow: message)
    assert all(claim.holds for claim in found.claims)
    assert "the request at n1/eth0 (out) is 10.10.0.2 > 10.10.0.3, wireguard UDP 51820" in str(found.claims)
    path = [(hop.namespace, hop.dev) for hop in found.forward]
    assert path == [
        ("n1-p1", "eth0"), ("n1", "veth1"), ("n1", "wg0"), ("n1", "eth0"),
        ("n2", "eth0"), ("n2", "wg0"), ("n2", "veth1"), ("n2-p1", "eth0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outer", "seen"),
    [
        (other_port, "is 10.10.0.2 > 10.10.0.3, wireguard UDP 51820, seen 10.10.0.2 > 10.10.0.3, wireguard UDP 51900"),
        (other_node, "seen 10.10.0.2 > 10.10.0.77, wireguard UDP 51820"),
        (other_length, "wireguard UDP 51820, seen no such packet"),
        (handshake, "wireguard UDP 51820, seen no such packet"),
    ],
)
def test_a_message_that_cannot_hold_the_packet_is_refused(outer: Message, seen: str) -> None:
    with pytest.raises(ProofError) as caught:
        proved(lambda flow: outer)
    assert seen in str(caught.value)


def test_a_packet_in_clear_on_the_wire_is_refused() -> None:
    with pytest.raises(ProofError, match=r"wireguard UDP 51820, seen 10\.128\.1\.2 > 10\.128\.2\.2"):
        proved(in_clear)


def test_one_flow_in_clear_among_encrypted_ones_is_refused() -> None:
    flows = proof.marked_exchanges(NETWORK, TOPOLOGY, proof.ProofPair(Pod(1, 1), Pod(2, 1), 4))
    with pytest.raises(ProofError, match=r"seen 10\.10\.0\.2 > 10\.10\.0\.3, wireguard UDP 51820; 10\.128\.1\.2 > "):
        proved(lambda flow: in_clear(flow) if flow.token == flows[3].token else message)


def test_a_datagram_of_another_length_is_refused() -> None:
    with pytest.raises(ProofError, match=r"expected the datagram at n1/eth0 \(out\) .* seen no such packet"):
        proved(lambda flow: message, lambda ends, inside: message(ends, 800))


@pytest.mark.parametrize(("packet", "length"), [(1, 48), (16, 48), (17, 64), (1408, 1440), (1409, 1452), (1420, 1452)])
def test_a_message_is_padded_to_16_bytes_up_to_the_mtu(packet: int, length: int) -> None:
    assert WireguardEncapsulation(51820).sealed_bytes(packet, MTU) == length


def test_a_plan_names_peers_by_node_and_holds_no_key() -> None:
    plan: DesiredState = NETWORK.desired_state(Topology.uniform(3, 1))
    peers = [thing for thing in plan.objects["n1"] if isinstance(thing, WireguardPeer)]
    assert [(peer.node, str(peer.endpoint), str(peer.allowed[0])) for peer in peers] == [
        ("n2", "10.10.0.3", "10.128.2.0/24"), ("n3", "10.10.0.4", "10.128.3.0/24"),
    ]  # fmt: skip
    (interface,) = (thing for thing in plan.objects["n1"] if isinstance(thing, WireguardInterface))
    assert interface == WireguardInterface("wg0", 51820)


@pytest.mark.parametrize(
    ("name", "families", "mtu"),
    [
        ("calico/wireguard", (4,), 1440),
        ("calico/wireguard", (6,), 1420),
        ("calico/wireguard", (4, 6), 1420),
        ("flannel/wireguard", (4,), 1420),
    ],
)
def test_the_mtu_leaves_room_for_the_product_s_headers(name: str, families: tuple[int, ...], mtu: int) -> None:
    topology = Topology.uniform(2, 1, addresses=AddressPlan(families))
    assert catalogue.network(catalogue.parse(name)).pod_mtu(topology) == mtu
