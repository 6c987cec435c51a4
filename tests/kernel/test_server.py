"""Servers where studies run them: in a pod of a lab, chosen by name, asked by a generator in another pod, read at their end."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from barewire.errors import LoadError, PlanError
from barewire.lab.lab import Lab, built
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.workloads.definition.lab_path import LabPath
from barewire.workloads.generator import load, packets
from barewire.workloads.servers import server
from barewire.workloads.servers.service import Service, http, http_post, sink, tcp, udp
from tests.support import generator
from tests.support import server as sources
from tests.support.generator import LIMIT_SECONDS

TOPOLOGY = Topology.uniform(2, 1, addresses=AddressPlan((4, 6)))
CLIENT, SERVER = Pod(1, 1), Pod(2, 1)
PORTS = TOPOLOGY.ports(SERVER)
BODY = 100
REQUESTS = 200


@pytest.fixture(autouse=True)
def from_their_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sanitizers, and not those that happen to be installed."""
    monkeypatch.setenv("BAREWIRE_LOAD", str(generator.program()))
    monkeypatch.setenv("BAREWIRE_SERVE", str(sources.program()))


def started(lab: Lab, name: str, family: int, *services: Service) -> server.Running:
    address = lab.network.pod_address(TOPOLOGY, SERVER, family)
    return server.start(name, lab.node(SERVER), lab.namespace(SERVER), address, (0,), services)


def loaded(
    lab: Lab, family: int, protocol: str, port: int, rate_per_s: float | None = 500.0, **changed: Any
) -> load.LoadResult:
    target = lab.network.target(TOPOLOGY, SERVER, port, family)
    usual = load.LoadSpec(
        protocol=protocol, target=str(target.address), port=target.port, path=f"/{BODY}", rate_per_s=rate_per_s,
        duration_ns=400_000_000, warmup_ns=0, connections=4, threads=1, arrivals="even", seed=1,
        timeout_ns=20_000_000_000, timing="sleep", expect_bytes=BODY, congestion="",
    )  # fmt: skip
    command = load.command(lab.namespace(CLIENT), replace(usual, **changed))
    # On a busy machine the last answers are under way for longer than a study would wait for them.
    process = lab.node(CLIENT).spawn(replace(command, argv=(*command.argv, "--drain=30s")))
    done = lab.node(CLIENT).wait(process, LIMIT_SECONDS)
    assert (done.status, done.stderr) == (0, "")
    return load.parse(done.stdout)


def test_a_server_that_cannot_start_ends_those_before_it() -> None:
    with built(catalogue.network(catalogue.parse("ptp")), TOPOLOGY, LocalTestbed()) as lab:
        other = started(lab, "serve", 4, tcp(PORTS[1], 1, 1))
        with pytest.raises(LoadError, match=f"port {PORTS[1]} is in use"):
            started(lab, "nginx", 4, http(PORTS[0], [BODY]), tcp(PORTS[1], 1, 1))
        other.stop()
        started(lab, "nginx", 4, http(PORTS[0], [BODY]), tcp(PORTS[1], 1, 1)).stop()


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("network", ["docker", "flannel/vxlan"])
@pytest.mark.parametrize("name", ["nginx", "serve"])
def test_either_server_answers_every_request_through_a_network(name: str, network: str, family: int) -> None:
    with built(catalogue.network(catalogue.parse(network)), TOPOLOGY, LocalTestbed()) as lab:
        running = started(lab, name, family, http(PORTS[0], [BODY, 0]), tcp(PORTS[1], 1, 1), sink(PORTS[2]),
                          http_post(PORTS[3], [BODY]))  # fmt: skip
        kept = loaded(lab, family, "http", PORTS[0])
        assert kept.completed == kept.counters.requests == REQUESTS
        each = loaded(lab, family, "http-crr", PORTS[0])
        assert each.completed == each.counters.requests == REQUESTS
        posted = loaded(lab, family, "http-post", PORTS[3], request_bytes=60_000)
        assert posted.completed == posted.counters.requests == REQUESTS
        counted = running.stop()
    assert [one.port for one in counted.tcp] == [PORTS[1]]
    *web, posts = counted.http
    assert (posts.port, posts.requests, posts.answers, posts.garbage) == (PORTS[3], REQUESTS, REQUESTS, 0)
    assert posts.connections == 4
    if name == "serve":
        [gets] = web
        assert (gets.requests, gets.answers, gets.garbage) == (2 * REQUESTS, 2 * REQUESTS, 0)
        assert gets.connections == 4 + REQUESTS
    else:
        assert web == []


def test_answers_are_as_long_as_those_of_nginx() -> None:
    """Within a few bytes, so that one server or the other makes no difference on the wire."""
    lengths = {}
    with built(catalogue.network(catalogue.parse("host")), TOPOLOGY, LocalTestbed()) as lab:
        for name in ("nginx", "serve"):
            running = started(lab, name, 4, http(PORTS[0], [BODY]))
            lengths[name] = loaded(lab, 4, "http", PORTS[0]).counters.bytes_in / REQUESTS
            running.stop()
    assert lengths["serve"] == 350
    assert abs(lengths["nginx"] - lengths["serve"]) <= 30


def test_a_server_of_datagrams_alone_is_waited_for_too() -> None:
    with built(catalogue.network(catalogue.parse("host")), TOPOLOGY, LocalTestbed()) as lab:
        counted = started(lab, "nginx", 4, udp(PORTS[0], 64, 64)).stop()
    assert counted.udp[0].requests == 0


def test_two_servers_on_one_port_are_refused() -> None:
    with built(catalogue.network(catalogue.parse("host")), TOPOLOGY, LocalTestbed()) as lab:
        started(lab, "serve", 4, http(PORTS[0], [BODY]))
        with pytest.raises(LoadError, match=f"port {PORTS[0]} is in use"):
            started(lab, "serve", 4, http(PORTS[0], [BODY]))


def test_stopping_a_server_that_has_died_raises() -> None:
    with built(catalogue.network(catalogue.parse("host")), TOPOLOGY, LocalTestbed()) as lab:
        running = started(lab, "serve", 4, http(PORTS[0], [BODY]))
        init = lab.nodes.init_pid
        [only] = Path(f"/proc/{init}/task/{init}/children").read_text().split()
        os.kill(int(only), signal.SIGKILL)
        with pytest.raises(LoadError, match="the server ended before it was stopped: status -9"):
            running.stop()


def test_a_server_that_nobody_knows_is_refused() -> None:
    with pytest.raises(PlanError, match="there is no server 'apache'"):
        server.require("apache")


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("network", ["host", "docker", "flannel/vxlan"])
def test_packets_through_a_network_are_counted_at_both_ends(network: str, family: int) -> None:
    with built(catalogue.network(catalogue.parse(network)), TOPOLOGY, LocalTestbed()) as lab:
        wanted = packets.PacketsSpec(64, 2000.0, 300_000_000, 100_000_000, seed=1, timing="sleep")
        result = packets.run(LabPath(lab, family), PORTS[3], (1,), (0,), wanted)
    assert 0 < result.received == result.sent <= 600
    assert (result.counted.missing, result.counted.duplicates, result.loss_share) == (0, 0, 0)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("network", ["host", "docker", "flannel/vxlan"])
def test_every_protocol_is_answered_through_a_network(network: str, family: int) -> None:
    asked = {"tcp": (1, 3000), "tcp-crr": (1, 3000), "udp": (64, 200)}
    with built(catalogue.network(catalogue.parse(network)), TOPOLOGY, LocalTestbed()) as lab:
        running = started(lab, "serve", family, tcp(PORTS[1], *asked["tcp"]), udp(PORTS[2], *asked["udp"]))
        for protocol, (request_bytes, response_bytes) in asked.items():
            port = PORTS[2] if protocol == "udp" else PORTS[1]
            sizes: dict[str, Any] = {
                "path": "",
                "expect_bytes": None,
                "request_bytes": request_bytes,
                "response_bytes": response_bytes,
            }
            done = loaded(lab, family, protocol, port, **sizes)
            assert done.completed == done.counters.requests == REQUESTS
            assert done.counters.bytes_in == REQUESTS * response_bytes
        counted = running.stop()
    assert counted.tcp[0].requests == counted.tcp[0].answers == 2 * REQUESTS
    assert counted.udp[0].requests == counted.udp[0].answers == REQUESTS


def test_ten_thousand_connections_through_a_network_are_served() -> None:
    with built(catalogue.network(catalogue.parse("flannel/vxlan")), TOPOLOGY, LocalTestbed()) as lab:
        running = started(lab, "serve", 4, http(PORTS[0], [BODY]))
        done = loaded(lab, 4, "http", PORTS[0], 5000.0, connections=10_000, duration_ns=2_000_000_000)
        assert done.completed == done.counters.requests == 10_000
        assert running.stop().http[0].connections == 10_000
