"""Peers that barewire did not write: FRR and GoBGP in a full mesh with our nodes' BIRD. Routes go both ways, and packets pass."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest

from barewire.kernel import programs
from barewire.lab.lab import Lab, built
from barewire.model.daemons import Daemon, Exists, Listens
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, KernelObject, LearnedRoute, Route
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.testbeds.local import LocalTestbed
from tests.kernel.test_bgp import printed

ASN, PEER = 64512, "n3"
FRR_ROUTES = 186
"""RTPROT_BGP, of zebra's routes that come from BGP."""

ANNOUNCE = ("global", "rib", "add", "10.128.3.0/24", "nexthop", "10.10.0.4")
THREE = Topology.uniform(3, 1)
FRR = Path("/usr/lib/frr")
pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not programs.located("birdc"), reason="BIRD is not installed (apt-get install bird2)"),
]


def path_of(name: str) -> str:
    """A daemon's path, on the PATH or where Debian has those of FRR."""
    return programs.located(name) or (str(FRR / name) if (FRR / name).exists() else "")


@dataclass(frozen=True)
class ForeignPeer(Network):
    """A network in which the last of three nodes has other daemons than BIRD."""

    def desired_state(self, topology: Topology) -> DesiredState:
        found = super().desired_state(topology)
        return DesiredState({**found.objects, PEER: tuple(self.theirs(found.objects[PEER]))})

    def theirs(self, things: Sequence[KernelObject]) -> Iterator[KernelObject]:
        raise NotImplementedError


class FrrPeer(ForeignPeer):
    """FRR: zebra puts into the kernel what bgpd learns."""

    def theirs(self, things: Sequence[KernelObject]) -> Iterator[KernelObject]:
        lines = [f"router bgp {ASN}", " bgp router-id 10.10.0.4", " no bgp network import-check"]
        lines += [f" neighbor 10.10.0.{node} remote-as {ASN}" for node in (2, 3)]
        lines += [f" neighbor 10.10.0.{node} timers connect 1" for node in (2, 3)]
        lines += [" address-family ipv4 unicast", "  network 10.128.3.0/24", ""]
        for thing in things:
            if isinstance(thing, Daemon):
                yield self.daemon("zebra", "hostname n3\n", Exists("zserv.api"), ".")
                yield self.daemon("bgpd", "\n".join(lines), Listens(179), "../zebra")
            else:
                yield replace(thing, protocol=FRR_ROUTES) if isinstance(thing, LearnedRoute) else thing

    def daemon(self, name: str, config: str, ready: Exists | Listens, zebra: str) -> Daemon:
        run = (
            f'chown frr:frr . && exec {path_of(name)} -f "$PWD/{name}.conf" -i "$PWD/pid" -P 0 --vty_socket "$PWD" '
            f'-z "$(cd {zebra} && pwd)/zserv.api" --log stdout'
        )
        waits = "until [ -S ../zebra/zserv.api ]; do sleep 0.05; done; " if name == "bgpd" else ""
        return Daemon(name, ("sh", "-c", waits + run), ready, ((f"{name}.conf", config),))


class GobgpPeer(ForeignPeer):
    """GoBGP, which puts nothing into the kernel: the node has static routes."""

    def theirs(self, things: Sequence[KernelObject]) -> Iterator[KernelObject]:
        config = f'[global.config]\nas = {ASN}\nrouter-id = "10.10.0.4"\n'
        for node in (2, 3):
            config += f'[[neighbors]]\n[neighbors.config]\nneighbor-address = "10.10.0.{node}"\npeer-as = {ASN}\n'
        for thing in things:
            if isinstance(thing, Daemon):
                run = f"{path_of('gobgpd')} -f gobgpd.toml --api-hosts 127.0.0.1:50051 & "
                run += f"until {path_of('gobgp')} {' '.join(ANNOUNCE)}; do sleep 0.05; done; wait"
                yield Daemon("gobgpd", ("sh", "-c", run), Listens(179), (("gobgpd.toml", config),))
            elif isinstance(thing, LearnedRoute):
                ((dev, via),) = thing.hops
                yield Route(thing.dst, dev, via)
            else:
                yield thing


@contextmanager
def lab_with(kind: type[ForeignPeer]) -> Iterator[Lab]:
    network = catalogue.network(catalogue.parse("ptp+bgp:delay=0"))
    foreign = kind(**{one.name: getattr(network, one.name) for one in fields(network)})
    with built(foreign, THREE, LocalTestbed()) as lab:
        yield lab


@pytest.mark.skipif(not (path_of("bgpd") and path_of("zebra")), reason="FRR is not on the PATH (apt-get install frr)")
@pytest.mark.skipif(os.geteuid() != 0, reason="FRR takes a user of its own, which a user namespace does not have")
def test_frr_and_bird_learn_each_others_routes() -> None:
    with lab_with(FrrPeer) as lab:
        lab.prove(every=True)
        found = json.loads(printed(lab, PEER, "ip", "-j", "route", "show", "proto", "bgp"))
        assert {one["dst"]: one["gateway"] for one in found} == {
            "10.128.1.0/24": "10.10.0.2", "10.128.2.0/24": "10.10.0.3",
        }  # fmt: skip


@pytest.mark.skipif(not path_of("gobgpd"), reason="GoBGP is not on the PATH (apt-get install gobgpd)")
def test_gobgp_and_bird_learn_each_others_routes() -> None:
    with lab_with(GobgpPeer) as lab:
        lab.prove(every=True)
        learned = json.loads(printed(lab, PEER, "gobgp", "global", "rib", "-j"))
        assert {"10.128.1.0/24", "10.128.2.0/24", "10.128.3.0/24"} == set(learned)
