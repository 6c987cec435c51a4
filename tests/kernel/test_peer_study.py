"""A study of a peer: two machines that are nodes of a lab, joined by a veth pair, a second one and a VXLAN device.

`barewire serve` and `barewire study` run in the lab as on two machines, so nothing of them outlives it.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from barewire.lab.lab import Lab, built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, Finished

SECONDS = 240.0
HERE, THERE = "n1", "n2"
PORT = 19_999
STUDY = (
    "--blocks", "1", "--seconds", "0.1", "--workloads", "tcp-rr,tcp-stream", "--streams", "1", "--server", "serve",
    "--warmup", "0.05", "--force",
)  # fmt: skip


@dataclass
class Machines:
    """The lab, whose second node serves, and the addresses of that node by endpoint."""

    lab: Lab
    folder: Path
    endpoints: dict[str, str]

    def barewire(self, *words: str) -> Finished:
        """`barewire` on the first node."""
        node = self.lab.nodes.node(HERE)
        return node.wait(node.spawn(Command(HERE, (sys.executable, "-P", "-m", "barewire", *words))), SECONDS)

    def study(self, *words: str, endpoints: str = "") -> Finished:
        named = endpoints or ",".join(f"{name}={address}" for name, address in self.endpoints.items())
        return self.barewire(
            "study", "--peer", f"{self.endpoints['host']}:{PORT}", "--token-file", str(self.folder / "token"),
            "--endpoints", named, *words,
        )  # fmt: skip


def run(lab: Lab, namespace: str, *lines: str) -> None:
    for line in lines:
        node = lab.nodes.node(namespace)
        done = node.wait(node.spawn(Command(namespace, tuple(line.split()))), SECONDS)
        assert done.status == 0, (line, done.stderr)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    folder = tmp_path_factory.mktemp("peer")
    topology = Topology.uniform(2, 1)
    with built(catalogue.network(catalogue.parse("host")), topology, LocalTestbed()) as lab:
        own = {
            n: str(lab.network.pod_address(topology, pod, 4))
            for n, pod in zip((HERE, THERE), topology.ends, strict=True)
        }
        run(lab, HERE, "ip link add other type veth peer name other netns n2")
        for number, (name, peer) in enumerate(((HERE, THERE), (THERE, HERE)), start=1):
            run(
                lab, name,
                f"ip addr add 10.99.1.{number}/24 dev other", "ip link set other up",
                f"ip link add vx0 type vxlan id 42 dstport 4789 local {own[name]} remote {own[peer]} dev eth0",
                f"ip addr add 10.99.2.{number}/24 dev vx0", "ip link set vx0 up",
            )  # fmt: skip
        node = lab.nodes.node(THERE)
        words = (
            sys.executable,
            "-P",
            "-m",
            "barewire",
            "serve",
            "--bind",
            own[THERE],
            "--token-file",
            f"{folder}/token",
        )
        script = f"echo $$ > {folder}/pid; exec {shlex.join(words)}"
        serving = node.spawn(Command(THERE, ("sh", "-c", script), listens=PORT))
        node.wait_listening(serving, SECONDS)
        yield Machines(lab, folder, {"host": own[THERE], "other": "10.99.1.2", "overlay": "10.99.2.2"})


@pytest.fixture(scope="module")
def measured(machines: Machines) -> Path:
    """A run with one block."""
    path = machines.folder / "run"
    done = machines.study(*STUDY, "--out", str(path))
    assert done.status in (0, 3), done.stderr
    return path


def trials(path: Path) -> dict[str, dict[str, Any]]:
    """The last trial of each network."""
    return {one["network"]: one for one in map(json.loads, (path / "trials.ndjson").read_text().splitlines())}


def claims(trial: dict[str, Any]) -> dict[str, str]:
    return {one["claim"]: one["seen"] for one in trial["proof"]["claims"]}


def test_endpoints_are_measured_and_their_paths_recorded(measured: Path, machines: Machines) -> None:
    found = trials(measured)
    assert set(found) == set(machines.endpoints)
    for trial in found.values():
        assert {load["load"] for load in trial["loads"]} == {"tcp-rr", "tcp-stream-1"}
        assert trial["proof"]["observed"] and not trial.get("setup")
        assert all(one["holds"] for one in trial["proof"]["claims"])
    overlay, other = claims(found["overlay"]), claims(found["other"])
    own = machines.endpoints["host"]
    assert "VNI 42 [10.99.2.1 > 10.99.2.2]" in overlay["the request reaches the peer"]
    assert f"> {own}" in overlay["the request leaves this machine"]
    assert other["the request reaches the peer"] == "other: 10.99.1.1 > 10.99.1.2"
    assert overlay["routers between the machines that the request shows"] == "0"
    assert overlay["a datagram of 1450 bytes with its headers passes without fragments"] == "it did"
    hops = [(hop["namespace"], hop["kind"], hop["direction"]) for hop in found["overlay"]["proof"]["path"]["forward"]]
    assert hops == [
        ("here", "vxlan", "out"), ("here", "veth", "out"), ("peer", "veth", "in"), ("peer", "vxlan", "in"),
    ]  # fmt: skip


def test_a_run_records_both_machines_and_reports(measured: Path) -> None:
    record = json.loads((measured / "run.json").read_text())
    assert record["environment"]["testbed"] == "peer"
    assert record["environment"]["peer"]["kernel"] == record["environment"]["kernel"]
    usage = trials(measured)["host"]["loads"][0]["machine"]["cpu"]
    assert sum(usage["server"].values()) > 0 and sum(usage["client"].values()) > 0
    assert (measured / "report.html").exists() and (measured / "summary.json").exists()


def test_nothing_of_a_study_is_left_at_the_peer(measured: Path, machines: Machines) -> None:
    node = machines.lab.nodes.node(THERE)
    seen = node.wait(node.spawn(Command(THERE, ("ps", "-A", "-o", "comm="))), SECONDS).stdout.split()
    assert not {"nginx", "iperf3", "barewire-serve"} & set(seen)
    listening = node.wait(node.spawn(Command(THERE, ("ss", "-tulnH"))), SECONDS).stdout.splitlines()
    ports = {line.split()[4].rpartition(":")[2] for line in listening}
    assert ports == {str(PORT), "4789"}  # and the VXLAN device's


def test_more_blocks_are_measured_by_a_resume(measured: Path, machines: Machines) -> None:
    before = len((measured / "trials.ndjson").read_text().splitlines())
    done = machines.barewire("study", "--resume", str(measured), "--blocks", "2", "--force")
    assert done.status in (0, 3), done.stderr
    assert len((measured / "trials.ndjson").read_text().splitlines()) >= before + len(machines.endpoints) + 1


def test_a_dry_run_names_the_endpoints_and_why_one_lacks(machines: Machines) -> None:
    own = machines.endpoints["host"]
    done = machines.study("--dry-run", "--json", "-", endpoints=f"host={own},elsewhere=10.99.9.9")
    networks = {one["name"]: one for one in json.loads(done.stdout)["networks"]}
    assert networks["host"]["measured"] and "no address of the peer" in networks["elsewhere"]["reason"]


def test_a_baseline_that_is_not_there_is_refused(machines: Machines) -> None:
    done = machines.study("--dry-run", endpoints="host=10.99.9.9")
    assert done.status == 2 and "the baseline, cannot be measured" in done.stderr


def test_a_port_where_nobody_serves_is_said(machines: Machines) -> None:
    own = machines.endpoints["host"]
    done = machines.barewire(
        "study", "--peer", f"{own}:19998", "--token-file", str(machines.folder / "token"), "--endpoints", f"host={own}",
        "--dry-run",
    )  # fmt: skip
    assert done.status == 2 and "cannot be reached: Connection refused" in done.stderr


def test_a_peer_that_dies_ends_the_study_with_a_sentence(machines: Machines) -> None:
    """Last, because it ends the peer."""
    path = machines.folder / "broken"
    node, there = machines.lab.nodes.node(HERE), machines.lab.nodes.node(THERE)
    words = (*STUDY, "--blocks", "50", "--out", str(path))
    named = ",".join(f"{name}={address}" for name, address in machines.endpoints.items())
    study = node.spawn(
        Command(HERE, (
            sys.executable, "-P", "-m", "barewire", "study", "--peer", f"{machines.endpoints['host']}:{PORT}",
            "--token-file", str(machines.folder / "token"), "--endpoints", named, *words,
        ))
    )  # fmt: skip
    wait = "until [ -s {} ]; do read -t 0.05 < /proc/self/mem; done 2>/dev/null".format(path / "trials.ndjson")
    node.wait(node.spawn(Command(HERE, ("bash", "-c", wait))), SECONDS)
    run(machines.lab, THERE, f"kill -KILL {(machines.folder / 'pid').read_text()}")
    done = node.wait(study, SECONDS)
    assert done.status == 2 and "the peer" in done.stderr and "--resume" in done.stderr
    assert (path / "summary.json").exists()
    seen = there.wait(there.spawn(Command(THERE, ("ps", "-A", "-o", "comm="))), SECONDS).stdout.split()
    assert "barewire-serve" not in seen
