"""A study of a peer: paths to another machine and to a pod on it, from this machine and from a pod (`peer_machines.py`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barewire.testbeds.testbed import Command
from tests.support.command import HURRIED_BAREWIRE
from tests.support.peer_machines import HERE, PODS, PORT, SECONDS, THERE, PeerMachines, peer_machines, pod_of

PORT_OF_USER = 19_997
ORDINARY_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
"""Without a capability over the lab's networks, and with this user's files."""

STUDY = (
    "--blocks", "1", "--seconds", "0.1", "--workloads", "tcp-rr,tcp-stream", "--streams", "1", "--server", "serve",
    "--warmup", "0.05", "--force",
)  # fmt: skip


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerMachines]:
    with peer_machines(tmp_path_factory.mktemp("peer")) as found:
        found.endpoints["pod"] = PODS["ptp"]
        found.serve()
        yield found


@pytest.fixture(scope="module")
def measured(machines: PeerMachines) -> Path:
    """A run with one block."""
    path = machines.folder / "run"
    done = machines.study(*STUDY, "--out", str(path))
    assert done.status in (0, 3) and (path / "run.json").exists(), done.stderr  # 3: a machine too busy
    return path


def trials(path: Path) -> dict[str, dict[str, Any]]:
    """The last trial of each network."""
    return {one["network"]: one for one in map(json.loads, (path / "trials.ndjson").read_text().splitlines())}


def claims(trial: dict[str, Any]) -> dict[str, str]:
    return {one["claim"]: one["seen"] for one in trial["proof"]["claims"]}


def test_endpoints_are_measured_and_their_paths_recorded(measured: Path, machines: PeerMachines) -> None:
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


def test_a_clients_namespace_is_part_of_the_path(measured: Path) -> None:
    found = trials(measured)["pod"]
    hops = [(hop["namespace"], hop["dev"], hop["direction"]) for hop in found["proof"]["path"]["forward"]]
    assert hops == [
        ("here-10.98.1.2", "eth0", "out"), ("here", "veth-ptp", "in"), ("here", "eth0", "out"),
        ("peer", "eth0", "in"), ("peer", "veth-ptp", "out"), ("peer-pod", "eth0", "in"),
    ]  # fmt: skip
    seen = claims(found)
    assert seen["the request leaves this machine"] == "eth0: 10.98.1.2 > 10.98.2.2"
    assert seen["the answer leaves the peer"] == "eth0: 10.98.2.2 > 10.98.1.2"
    assert seen["routers between the machines that the request shows"] == "0"


def test_a_client_whose_namespace_lacks_is_not_measured(machines: PeerMachines) -> None:
    own = machines.endpoints["host"]
    done = machines.study("--dry-run", "--json", "-", endpoints=f"host={own},gone={own}%none,nobody={own}%10.1.2.3")
    networks = {one["name"]: one for one in json.loads(done.stdout)["networks"]}
    assert networks["host"]["measured"]
    assert networks["gone"]["reason"] == "cannot enter the network namespace none: No such file or directory"
    assert "ip netns list" in networks["gone"]["remedy"]
    assert networks["nobody"]["reason"] == "no network namespace of this machine holds 10.1.2.3"


def test_a_run_records_both_machines_and_reports(measured: Path) -> None:
    record = json.loads((measured / "run.json").read_text())
    assert record["environment"]["testbed"] == "peer"
    assert record["environment"]["peer"]["kernel"] == record["environment"]["kernel"]
    usage = trials(measured)["host"]["loads"][0]["machine"]["cpu"]
    assert sum(usage["server"].values()) > 0 and sum(usage["client"].values()) > 0
    assert (measured / "report.html").exists() and (measured / "summary.json").exists()


def test_nothing_of_a_study_is_left_at_the_peer(measured: Path, machines: PeerMachines) -> None:
    seen = machines.run(THERE, "ps", "-A", "-o", "comm=").stdout.split()
    assert not {"nginx", "iperf3", "barewire-serve"} & set(seen)
    listening = machines.run(THERE, "ss", "-tulnH").stdout.splitlines()
    ports = {line.split()[4].rpartition(":")[2] for line in listening}
    assert ports == {str(PORT), "4789"}  # and the VXLAN device's


def test_an_ordinary_user_measures_without_the_path(machines: PeerMachines) -> None:
    own, path = machines.endpoints["host"], machines.folder / "user"
    serving = machines.serve(PORT_OF_USER, *ORDINARY_USER, ports="30000-30999")
    endpoints = f"host={own},other=10.99.1.2,pod=10.98.2.2,inside={own}%{pod_of(HERE)}"
    done = machines.study(
        *STUDY, "--out", str(path), "--port", "30000", endpoints=endpoints, port=PORT_OF_USER, before=ORDINARY_USER
    )
    served = machines.stop(serving)
    assert done.status in (0, 3), done.stderr
    assert served.status == 0 and "no longer listening" in served.stderr
    assert (
        f"--endpoints host={own},other=10.99.1.2,vx0=10.99.2.2," in served.stdout and " --port 30000\n" in served.stdout
    )
    record = json.loads((path / "run.json").read_text())
    assert record["environment"]["privilege"] == record["environment"]["peer"]["privilege"] == "user namespace"
    lacking = {one["name"]: (one["reason"], one["remedy"]) for one in record["networks"] if not one["measured"]}
    assert lacking.keys() == {"pod", "inside"}
    assert "no address of the peer" in lacking["pod"][0] and "run barewire serve as root" in lacking["pod"][1]
    assert "Operation not permitted" in lacking["inside"][0] and "Run barewire as root" in lacking["inside"][1]
    for name in ("host", "other"):
        trial = trials(path)[name]
        assert {load["load"] for load in trial["loads"]} == {"tcp-rr", "tcp-stream-1"}
        seen = claims(trial)
        for place in ("the request leaves this machine", "the request reaches the peer", "the answer leaves the peer"):
            assert seen[place] == "unknown: capture is not allowed there"
        assert seen["routers between the machines that the request shows"] == "unknown"
        assert seen["a datagram of 1500 bytes with its headers passes without fragments"] == "it did"
        assert trial["proof"]["path"] == {"forward": [], "reverse": []}


def test_more_blocks_are_measured_by_a_resume(measured: Path, machines: PeerMachines) -> None:
    before = len((measured / "trials.ndjson").read_text().splitlines())
    done = machines.run(HERE, *HURRIED_BAREWIRE, "study", "--resume", str(measured), "--blocks", "2", "--force")
    assert done.status in (0, 3), done.stderr
    assert len((measured / "trials.ndjson").read_text().splitlines()) >= before + len(machines.endpoints) + 1


def test_a_dry_run_names_the_endpoints_and_why_one_lacks(machines: PeerMachines) -> None:
    own = machines.endpoints["host"]
    done = machines.study("--dry-run", "--json", "-", endpoints=f"host={own},elsewhere=10.99.9.9")
    networks = {one["name"]: one for one in json.loads(done.stdout)["networks"]}
    assert networks["host"]["measured"] and "no address of the peer" in networks["elsewhere"]["reason"]


def test_a_baseline_that_is_not_there_is_refused(machines: PeerMachines) -> None:
    done = machines.study("--dry-run", endpoints="host=10.99.9.9")
    assert done.status == 2 and "the baseline, cannot be measured" in done.stderr


def test_a_port_where_nobody_serves_is_said(machines: PeerMachines) -> None:
    own = machines.endpoints["host"]
    done = machines.study("--dry-run", endpoints=f"host={own}", port=19_998)
    assert done.status == 2 and "cannot be reached: Connection refused" in done.stderr


def test_a_peer_that_dies_ends_the_study_with_a_sentence(machines: PeerMachines) -> None:
    """Last, because it ends the peer."""
    path = machines.folder / "broken"
    node = machines.lab.nodes.node(HERE)
    # Round trips alone: iperf3 would add seconds to the trial that is awaited.
    words = machines.command(*STUDY, "--workloads", "tcp-rr", "--blocks", "20", "--out", str(path))
    study = node.spawn(Command(HERE, words))
    wait = f"until [ -s {path / 'trials.ndjson'} ]; do sleep 0.05; done"
    node.wait(node.spawn(Command(HERE, ("sh", "-c", wait))), SECONDS)
    machines.ip(THERE, f"kill -KILL {machines.pid_file().read_text()}")
    done = node.wait(study, SECONDS)
    assert done.status == 2 and "the peer" in done.stderr and "--resume" in done.stderr
    assert (path / "summary.json").exists()
    seen = machines.run(THERE, "ps", "-A", "-o", "comm=").stdout.split()
    assert "barewire-serve" not in seen
