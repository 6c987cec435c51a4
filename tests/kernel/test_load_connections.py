"""Ten thousand permanent connections: they open, all of them carry requests, and none of their ports waits afterwards."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Literal

import pytest

from barewire.lab.lab import built
from barewire.lab.pinning import Pinning
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import loads
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from barewire.workloads.definition.lab_path import LabPath
from barewire.workloads.definition.step import Step
from tests.support.generator import LIMIT_SECONDS, program
from tests.support.server import program as server

ALONE = ("unshare", *(["-n"] if os.geteuid() == 0 else ["-rn"]), "sh", "-euc")
SERVED = """
ip link set lo up
$SERVE --bind 127.0.0.1 --http 9000:100 --tcp 9001:64:64 > /dev/null & server=$!
until ss -ltnH 'sport = :9001' | grep -q .; do kill -0 $server; done
$LOAD --target 127.0.0.1 --port $PORT --protocol $PROTOCOL --connections 10000 --threads 2 --rate 20000 --duration 1s --drain 30s
$LOAD --target 127.0.0.1 --port $PORT --protocol $PROTOCOL --connections 10000 --rate 20000 --duration 1s --drain 30s
ss -tanH state time-wait | wc -l
kill $server
"""
# The queue of a server that does not accept is full after two connections; the kernel asks again each second.
FULL = """
ip link set lo up
python3 -c "
import socket, subprocess, sys
listener = socket.create_server(('127.0.0.1', 9000), backlog=1)
sys.exit(subprocess.run(sys.argv[1:]).returncode)
" $LOAD --target 127.0.0.1 --port 9000 --connections 20 --rate 100
"""


def alone(script: str, **variables: object) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "LOAD": str(program("")),
        "SERVE": str(server("")),
        **{k: str(v) for k, v in variables.items()},
    }
    return subprocess.run(
        [*ALONE, script], capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS, env=environment
    )


@pytest.mark.parametrize(("protocol", "port"), [("http --path /100", 9000), ("tcp", 9001)])
def test_ten_thousand_connections_open_and_leave_no_port_waiting(protocol: str, port: int) -> None:
    done = alone(SERVED, PROTOCOL=protocol, PORT=port)
    assert done.returncode == 0, done.stderr
    *lines, waiting = done.stdout.splitlines()
    ends: list[dict[str, Any]] = [found for found in map(json.loads, lines) if found["type"] == "end"]
    for end in ends:
        assert (end["requests"], end["completed"]) == (20_000, 20_000)
    assert len(ends) == 2 and int(waiting) == 0


def test_a_full_listen_queue_is_named_with_its_repeated_syns() -> None:
    done = alone(FULL)
    assert done.returncode == 3 and done.stdout == ""
    assert "Connection timed out, with " in done.stderr and " of 20 connections open, and " in done.stderr
    assert " 0 SYNs" not in done.stderr and "raise its backlog and net.core.somaxconn" in done.stderr


@pytest.mark.parametrize("kind", ["nginx", "serve"])
def test_ten_thousand_connections_of_a_study_open_in_a_lab(
    kind: Literal["nginx", "serve"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAREWIRE_LOAD", str(program("")))
    plan = StudyPlan(networks=("host",), seed=1, sizes=(100,), seconds=1.0, connections=10_000, threads=1, server=kind)
    topology = Topology.uniform(2, 1)
    site = loads.Site(Pinning((), (), "sleep"), {100: 20_000.0}, warmup_s=0.0)
    steps = (Step("50%", "http", 100, share=0.5), Step("http-max", "http-max", 100))
    with built(catalogue.network(catalogue.parse("host")), topology, LocalTestbed()) as lab:
        path = LabPath(lab)
        loads.start_servers(path, site, plan, loads.services(plan, site, steps))
        for number, step in enumerate(steps):
            record, _ = loads.run(step, number, path, plan, site)
            assert record.connections == 10_000 and (record.completed or 0) > 0
            assert not any(record.errors.values())
            if step.workload == "http":
                # Each request has its own connection. A server that may have only 1024 open files would answer a tenth.
                assert record.requests == 10_000 and (record.completed or 0) > 5_000
        client = path.client
        asked = client.node.spawn(Command(client.namespace, ("ss", "-tanH", "state", "time-wait")))
        assert client.node.wait(asked, LIMIT_SECONDS).stdout == ""
