"""A study with a peer: its candidates are addresses that exist already, so whatever builds, tunes or emulates a lab is refused.

The keys `peer`, `endpoints` and `token_file` come together. The names of the endpoints are the study's networks; one of them is
called `host`, which is what the others are compared with.

`NAME=ADDRESS%NETNS` names the network namespace of this machine that the client of that endpoint runs in. As with the zone of an
IPv6 address (RFC 4007), what follows `%` means something here alone, and the peer never hears of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from barewire.errors import PlanError
from barewire.results import BASELINE
from barewire.results.clock import COUNTED
from barewire.study.design.options import BY_KEY

if TYPE_CHECKING:
    from barewire.study.design.plan import StudyPlan

KEYS = ("peer", "endpoints", "token_file")
OF_LABS: Mapping[str, str] = {
    "nodes": "there are two machines",
    "pods": "no pod is made",
    "family": "each endpoint's address says its IP version",
    "wire": "the network between the machines is there",
    "topology": "the network between the machines is there",
    "kernel": "the machines have their kernels",
    "tune": "settings of the machines are their owner's",
    "memory": "no VM is started",
    "restarts": "nothing is there to restart",
    "testbed": "a peer is no cluster",
}
"""Keys of labs, and why a study with a peer has no use for them."""

MOST = 32
_LONGEST_NETNS = 255
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:+-]{0,62}")
_PEER = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:\[\]]+)):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class PeerEndpoint:
    """An address of the peer, by the name that the report shows. `netns` is the network namespace of the client; empty for that
    in which the study runs."""

    name: str
    address: IPv4Address | IPv6Address
    netns: str = ""


def parse_endpoint(text: str) -> PeerEndpoint:
    """`NAME=ADDRESS` or `NAME=ADDRESS%NETNS`; PlanError with what is wrong."""
    name, equals, whole = text.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise PlanError(f"{text!r} is no NAME=ADDRESS, with a name of letters, digits and _./:+-")
    written, percent, netns = whole.partition("%")
    try:
        address = ip_address(written)
    except ValueError:
        raise PlanError(f"{written!r} of the endpoint {name} is no IP address") from None
    if address.version == 6 and address.is_link_local:
        raise PlanError(f"{address} of the endpoint {name} is link-local, and means nothing beyond its link")
    if percent and not (0 < len(netns) <= _LONGEST_NETNS and netns.isprintable()):
        raise PlanError(
            f"{netns!r} of the endpoint {name} names no network namespace: after % comes an address that it holds, "
            "a name of ip netns, a process id or a file"
        )
    return PeerEndpoint(name, address, netns)


def parse_endpoints(texts: Iterable[str]) -> dict[str, PeerEndpoint]:
    """Endpoints by name, in order."""
    return {one.name: one for one in map(parse_endpoint, texts)}


def parse_peer(text: str) -> tuple[str, int]:
    """`HOST:PORT`, or `[ADDRESS]:PORT`; PlanError with what is wrong."""
    match = _PEER.fullmatch(text)
    if match is None or not 0 < int(match[3]) < 1 << 16:
        raise PlanError(f"{text!r} is no HOST:PORT")
    return match[1] or match[2], int(match[3])


def check_keys(plan: StudyPlan) -> tuple[str, str] | None:
    """The key that does not fit a plan, and why; None where all do."""
    given = [key for key in KEYS if getattr(plan, key)]
    if not given:
        return None
    if lacking := [key for key in KEYS if key not in given]:
        return lacking[0], f"a study with a peer takes {', '.join(KEYS)}, and {lacking[0]} is missing"
    for key, reason in OF_LABS.items():
        if getattr(plan, key) != BY_KEY[key].default and not (key == "wire" and plan.wire == type(plan.wire)()):
            return key, f"a study with a peer measures what is there: {reason}"
    if plan.clock == COUNTED:
        return "clock", "a study with a peer measures what is there: instructions are counted in a VM alone"
    endpoints = parse_endpoints(plan.endpoints)
    if BASELINE not in endpoints:
        first = next(iter(endpoints.values()))
        return "endpoints", (
            f"none is called {BASELINE}, which the others are compared with; if {first.name} is the baseline, write "
            f"{BASELINE}={first.address} instead of {first.name}={first.address}"
        )
    if len(endpoints) < len(plan.endpoints):
        return "endpoints", "each endpoint has a name that no other one has"
    if tuple(sorted(endpoints)) != tuple(sorted(plan.networks)):
        return "networks", "the networks of a study with a peer are its endpoints"
    versions = {one.address.version for one in endpoints.values()}
    if len(versions) > 1:
        return "endpoints", "all endpoints are compared over one IP version"
    return None
