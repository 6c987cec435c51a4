"""The generator where studies run it: in a pod of a lab, started and read by its driver, against nginx in another pod."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from barewire.lab.lab import Lab, built
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from barewire.workloads.generator import load
from barewire.workloads.servers import nginx
from tests.support.generator import LIMIT_SECONDS, program, run

TOPOLOGY = Topology.uniform(2, 1, addresses=AddressPlan((4, 6)))
CLIENT, SERVER = Pod(1, 1), Pod(2, 1)
BODY = 100
# 500/s for 0.4 s are 200 requests.
REQUESTS = 200


@pytest.fixture(autouse=True)
def from_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sanitizers, and not the one that happens to be installed."""
    monkeypatch.setenv("BAREWIRE_LOAD", str(program()))


def spec(lab: Lab, family: int, protocol: str, rate_per_s: float | None) -> load.LoadSpec:
    port = TOPOLOGY.ports(SERVER)[0]
    target = lab.network.target(TOPOLOGY, SERVER, port, family)
    return load.LoadSpec(
        protocol=protocol, target=str(target.address), port=target.port, path=f"/{BODY}", rate_per_s=rate_per_s,
        duration_ns=400_000_000, warmup_ns=100_000_000, connections=4, threads=2, arrivals="even", seed=1,
        timeout_ns=20_000_000_000, timing="sleep", expect_bytes=BODY, congestion=lab.congestion,
    )  # fmt: skip


def loaded(lab: Lab, wanted: load.LoadSpec) -> load.LoadResult:
    command = load.command(lab.namespace(CLIENT), wanted)
    # On a busy machine the last answers are under way for longer than a study would wait for them.
    process = lab.node(CLIENT).spawn(replace(command, argv=(*command.argv, "--drain=30s")))
    done = lab.node(CLIENT).wait(process, LIMIT_SECONDS)
    assert (done.status, done.stderr) == (0, "")
    return load.parse(done.stdout)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("name", ["host", "docker", "flannel/vxlan"])
def test_a_load_through_a_network_loses_no_request(name: str, family: int) -> None:
    network = catalogue.network(catalogue.parse(name))
    with built(network, TOPOLOGY, LocalTestbed()) as lab:
        address = network.pod_address(TOPOLOGY, SERVER, family)
        nginx.start(lab.node(SERVER), lab.namespace(SERVER), address, TOPOLOGY.ports(SERVER)[0], (), [BODY])
        steady = loaded(lab, spec(lab, family, "http", 500.0))
        assert steady.counters.requests == steady.completed == steady.histogram("latency").count == REQUESTS
        for protocol in ("http", "http-crr"):
            busy = loaded(lab, spec(lab, family, protocol, None))
            assert busy.completed == busy.counters.requests > 0
            assert not any(busy.counters.errors.values()) and busy.unfinished == 0


@pytest.mark.parametrize("protocol", ["http", "tcp", "udp", "http-crr", "tcp-crr"])
def test_more_connections_than_local_ports_are_named(protocol: str) -> None:
    # Nobody is at the other end, so that each connection keeps its port for as long as it is tried.
    few = (
        "ip link add v0 type veth peer name v1 && ip addr add 10.9.0.1/24 dev v0 && ip link set v0 up && ip link set v1 up && "
        'echo "40000 40003" > /proc/sys/net/ipv4/ip_local_port_range && exec "$@"'
    )
    alone = ("unshare", *(["-n"] if os.geteuid() == 0 else ["-rn"]), "sh", "-c", few, "sh")
    done = run(
        9, target="10.9.0.2", protocol=protocol, rate=1000, duration="0.1s", connections=50, timeout="50ms", drain="30s",
        under=alone,
    )  # fmt: skip
    assert done.status == 3
    if protocol in ("http-crr", "tcp-crr"):
        done.assert_accounted()
        assert done.errors() == {"connect": 100}
    else:
        assert done.stdout == "" and done.stderr.count("\n") == 1
        assert "No local port is left: use fewer --connections" in done.stderr


@pytest.mark.parametrize("name", ["host", "docker", "flannel/vxlan"])
def test_kernel_stamps_are_given_through_a_network(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    with built(network, TOPOLOGY, LocalTestbed()) as lab:
        address = network.pod_address(TOPOLOGY, SERVER, 4)
        nginx.start(lab.node(SERVER), lab.namespace(SERVER), address, TOPOLOGY.ports(SERVER)[0], (), [BODY])
        done = loaded(lab, replace(spec(lab, 4, "http", 500.0), timestamps=True))
        assert done.counters.unstamped == 0
        wire, service = done.histogram("wire"), done.histogram("service")
        assert wire.count == service.count == REQUESTS
        assert all(0 < wire.quantile(q) <= service.quantile(q) for q in (0.01, 0.5, 0.99, 1))


def test_sequential_connections_leave_no_port_at_the_client() -> None:
    """Or a client would run out of ports after 28,000 connections, in a second or two."""
    network = catalogue.network(catalogue.parse("host"))
    with built(network, TOPOLOGY, LocalTestbed()) as lab:
        address = network.pod_address(TOPOLOGY, SERVER, 4)
        nginx.start(lab.node(SERVER), lab.namespace(SERVER), address, TOPOLOGY.ports(SERVER)[0], (), [BODY])
        done = loaded(lab, spec(lab, 4, "http-crr", None))
        waiting = {}
        for pod in (CLIENT, SERVER):
            asked = lab.node(pod).spawn(Command(lab.namespace(pod), ("cat", "/proc/net/tcp")))
            rows = [row.split() for row in lab.node(pod).wait(asked, LIMIT_SECONDS).stdout.splitlines()[1:]]
            waiting[pod] = sum(row[3] == "06" for row in rows)
        # The last one of each connection may be closed before the server has said farewell.
        assert waiting[CLIENT] <= done.settings.connections < waiting[SERVER]
