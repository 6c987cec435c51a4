"""Encapsulations read from bytes: `encapsulation/NAME.toml` has packets that are of a kind and packets that are not."""

from __future__ import annotations

import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import NetworkError
from barewire.lab.frames import headers, ports
from barewire.model.expectation import Encapsulation, Outer
from barewire.networks import encapsulation
from barewire.networks.encapsulations import encapsulations, outer_family

FOLDER = Path(__file__).parent / "encapsulation"
PACKETS = [
    (file.stem, packet)
    for file in sorted(FOLDER.glob("*.toml"))
    for packet in tomllib.loads(file.read_text(encoding="utf-8"))["packet"]
]
SENT = [(name, packet) for name, packet in PACKETS if packet.get("inside") and not packet.get("optional")]
"""Those whose length says what the header takes: not encrypted, and without fields that the kernel's device does not send."""

NAMES = {one.name: one for one in encapsulations()}
ENDS = {4: ("10.10.0.2", "10.10.0.3"), 6: ("fd00:10::2", "fd00:10::3")}

every_packet = pytest.mark.parametrize(("name", "packet"), PACKETS, ids=[f"{n}: {p['what']}" for n, p in PACKETS])


def frame(packet: dict[str, Any]) -> bytes:
    """The packet with its outer IP header (RFC 791, RFC 8200) and Ethernet before it."""
    payload, protocol = bytes.fromhex(packet["payload"]), packet["protocol"]
    source, destination = (ip_address(end).packed for end in ENDS[packet["family"]])
    if packet["family"] == 4:
        length = (20 + len(payload)).to_bytes(2, "big")
        outer = b"\x45\0" + length + b"\0\0\x40\0\x40" + bytes([protocol, 0, 0]) + source + destination
        return bytes(12) + b"\x08\0" + outer + payload
    outer = b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + bytes([protocol, 64]) + source + destination
    return bytes(12) + b"\x86\xdd" + outer + payload


def test_every_encapsulation_has_packets() -> None:
    files = {file.stem for file in Path(encapsulation.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(NAMES) == files == {name for name, _ in PACKETS}
    assert {name for name, packet in PACKETS if "says" in packet} == files - {"none"}


@every_packet
def test_a_frame_shows_what_is_around_the_packet(name: str, packet: dict[str, Any]) -> None:
    outer = " > ".join(ENDS[packet["family"]])
    inside = f" [{packet['inside']}]" if packet.get("inside") else ""
    expected = f"{outer}, {packet['says']}{inside}" if "says" in packet else outer
    assert str(headers(frame(packet))) == expected
    if packet.get("inside"):
        assert ports(frame(packet)) == (40_000, 20_999)


@pytest.mark.parametrize(("name", "taken"), [("fou", 8), ("gue", 12)])
def test_what_a_receiver_took_off_the_length_is_put_back(name: str, taken: int) -> None:
    packet = next(packet for found, packet in SENT if found == name)
    sent = frame(packet)
    length = int.from_bytes(sent[16:18], "big") - taken
    assert headers(sent[:16] + length.to_bytes(2, "big") + sent[18:]) == headers(sent)


@every_packet
def test_no_other_encapsulation_takes_the_packet(name: str, packet: dict[str, Any]) -> None:
    outer = Outer(packet["family"], packet["protocol"], bytes.fromhex(packet["payload"]))
    taken = {other.name for other in encapsulations() if other.parse(outer)}
    assert taken <= {name}
    if "says" in packet:
        assert taken == {name}


@pytest.mark.parametrize(("name", "packet"), SENT, ids=[f"{n}: {p['what']}" for n, p in SENT])
def test_header_bytes_are_those_on_the_wire(name: str, packet: dict[str, Any]) -> None:
    payload = bytes.fromhex(packet["payload"])
    found = NAMES[name].parse(Outer(packet["family"], packet["protocol"], payload))
    assert found
    pod_bytes = len(found.packet) - (14 if found.framed else 0)
    ip_bytes = {4: 20, 6: 40}[packet["family"]]
    assert found.encapsulation.header_bytes(packet["family"]) == ip_bytes + len(payload) - pod_bytes


@given(st.sampled_from((4, 6)), st.sampled_from((4, 17, 41, 47)), st.binary(max_size=64))
def test_no_bytes_break_a_parser(family: int, protocol: int, payload: bytes) -> None:
    headers(frame({"family": family, "protocol": protocol, "payload": payload.hex()}))


@pytest.mark.parametrize("kind", encapsulations(), ids=lambda kind: kind.name)
def test_an_encapsulation_states_its_families(kind: type[Encapsulation]) -> None:
    assert kind.families <= {4, 6}
    assert kind.carries <= {4, 6}
    assert kind.families
    assert kind.carries


def test_the_outer_family_is_the_first_that_is_possible() -> None:
    vxlan, ip6ip6 = NAMES["vxlan"], NAMES["ip6ip6"]
    assert outer_family(vxlan(8472, 1), (6, 4)) == 6  # type: ignore[call-arg]
    assert outer_family(ip6ip6(), (4, 6)) == 6
    with pytest.raises(NetworkError, match=r"ip6ip6 has no outer addresses of IPv4.*Give the nodes addresses of IPv6"):
        outer_family(ip6ip6(), (4,))
