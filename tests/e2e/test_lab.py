"""`barewire lab`: up, list, exec, down, and two at once."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from tests.support.command import BAREWIRE, barewire, barewire_inside
from tests.support.leftovers import Census

pytestmark = pytest.mark.kernel
NAME = f"e2e-{os.getpid()}"
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def lab() -> Iterator[str]:
    before = Census.take()
    done = barewire("lab", "up", "flannel/vxlan", "--nodes", "3", "--pods", "2", "--name", NAME, "--detach")
    assert done.code == 0, done.err
    assert "proved" in done.err
    yield NAME
    assert barewire("lab", "down", NAME).code == 0
    assert Census.take() == before


def test_a_lab_is_listed_with_its_network(lab: str) -> None:
    rows = [line.split() for line in barewire("lab", "list").out.splitlines() if lab in line]
    assert len(rows) == 1
    assert rows[0][1:4] == ["flannel/vxlan", "3", "6"]


def test_exec_runs_inside_the_pod_with_its_exit_code(lab: str) -> None:
    done = barewire("lab", "exec", f"{lab}/n3-p2", "--", "sh", "-c", "hostname; ip -o -4 address show dev eth0; exit 7")
    assert done.code == 7, done.err
    assert done.out.startswith("n3-p2\n")
    assert "10.128.3.3/24" in done.out


def test_a_pod_reaches_a_pod_of_each_other_node(lab: str) -> None:
    for node in (1, 2):
        program = f"import socket; print(socket.create_connection(('10.128.{node}.3', 1), 2))"
        done = barewire("lab", "exec", f"{lab}/n3-p2", "--", "python3", "-c", program)
        assert "ConnectionRefusedError" in done.err  # the pod itself has answered


def test_a_node_shows_the_parts_of_its_network(lab: str) -> None:
    done = barewire("lab", "exec", f"{lab}/n1", "--", "ip", "-o", "link")
    for dev in ("cni0", "flannel.1", "veth1", "veth2", "eth0"):
        assert f" {dev}" in done.out.replace("@", " @")


def test_the_machines_own_network_is_not_seen_inside(lab: str) -> None:
    inside = barewire("lab", "exec", f"{lab}/n1-p1", "--", "readlink", "/proc/self/ns/net").out.strip()
    assert inside != str(Path("/proc/self/ns/net").readlink())
    names = set(barewire("lab", "exec", f"{lab}/n1-p1", "--", "ls", "/sys/class/net").out.split())
    assert {"eth0", "lo"} <= names
    assert "cni0" not in names


def test_a_second_lab_of_the_same_name_is_refused(lab: str) -> None:
    refused = barewire("lab", "up", "ptp", "--name", lab, "--detach")
    assert refused.code == 2
    assert f"there is a lab {lab} already" in refused.sentence
    other = f"{lab}-other"
    assert barewire("lab", "up", "flannel/vxlan", "--name", other, "--detach").code == 0
    try:
        assert "Write LAB/n1-p1" in barewire("lab", "exec", "n1-p1", "--", "true").sentence
        one, two = (
            barewire("lab", "exec", f"{name}/n1-p1", "--", "readlink", "/proc/self/ns/net").out for name in (lab, other)
        )
        assert one != two
    finally:
        assert barewire("lab", "down", other).code == 0


def test_a_namespace_that_exec_adds_stays_until_deleted(lab: str) -> None:
    assert barewire("lab", "exec", f"{lab}/n1", "--", "ip", "netns", "add", "mine").code == 0
    try:
        inside = barewire("lab", "exec", f"{lab}/mine", "--", "ip", "-o", "link")
        assert inside.code == 0, inside.err
        assert "eth0" not in inside.out
        congestion = ("cat", "/proc/sys/net/ipv4/tcp_congestion_control")
        ours, theirs = (barewire("lab", "exec", f"{lab}/{where}", "--", *congestion).out for where in ("n1", "mine"))
        assert ours == theirs
    finally:
        assert barewire("lab", "exec", f"{lab}/n1", "--", "ip", "netns", "delete", "mine").code == 0
    assert "has no pod mine" in barewire("lab", "exec", f"{lab}/mine", "--", "true").sentence


def test_a_lab_is_listed_as_json_with_its_namespaces_and_pids(lab: str) -> None:
    with subprocess.Popen([*BAREWIRE, "lab", "exec", f"{lab}/n2-p1", "--", "sh", "-c", "echo up; read x"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as inside:  # fmt: skip
        assert inside.stdout is not None
        assert inside.stdout.readline() == "up\n"
        listed = json.loads(barewire("lab", "list", "--json").out)
        inside.communicate("\n", timeout=30)
    jsonschema.validate(listed, schemas.schema("labs"))
    found = next(one for one in listed["labs"] if one["name"] == lab)
    assert found["since"].endswith("Z")
    spaces = {one["name"]: one for one in found["namespaces"]}
    assert set(spaces) == {"wire", *(f"n{n}" for n in (1, 2, 3)), *(f"n{n}-p{p}" for n in (1, 2, 3) for p in (1, 2))}
    assert len(spaces["n2-p1"]["pids"]) == 2, "the shell, and what waits for it outside of the lab"
    assert spaces["n1-p1"]["pids"] == []
    entered = subprocess.run(
        ["nsenter", "--preserve-credentials", "--user", "--target", str(found["init"]), f"--net={spaces['n1-p1']['netns']}",
         "ip", "-o", "address"], capture_output=True, text=True, check=False, timeout=30,
    ) if os.geteuid() else subprocess.run(
        ["nsenter", f"--net={spaces['n1-p1']['netns']}", "ip", "-o", "address"], capture_output=True, text=True, check=False,
        timeout=30,
    )  # fmt: skip
    assert "10.128.1.2" in entered.stdout, entered.stderr


def test_a_lab_of_a_program_comes_up_observed_and_is_undone(tmp_path: Path) -> None:
    script = tmp_path / "build.sh"
    script.write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/calls\nexec {EXAMPLES}/vxlan.sh "$1"\n')
    script.chmod(0o755)
    name = f"{NAME}-program"
    done = barewire("lab", "up", "exec:./build.sh", "--name", name, "--detach", folder=tmp_path)
    assert done.code == 0, done.err
    words = " ".join(done.err.split())
    assert barewire("lab", "down", name).code == 0
    assert "observed: the request at n1/eth0 (out): 10.10.0.2 > 10.10.0.3, vxlan UDP 4789 VNI 7" in words
    assert "proved" not in words
    assert "n2-p1 10.128.2.2" in words
    assert (tmp_path / "calls").read_text().split() == ["up", "down"]


def test_an_unknown_pod_lab_or_program_is_refused_with_a_list(lab: str) -> None:
    assert "it has n1-p1" in barewire("lab", "exec", f"{lab}/n9-p9", "--", "true").sentence
    assert "there is no lab nonsense" in barewire("lab", "down", "nonsense").sentence
    done = barewire("lab", "exec", f"{lab}/n1-p1", "--", "no-such-program")
    assert done.code == 127
    assert "there is no program no-such-program" in done.err


def test_a_network_with_options_is_proved_for_both_families() -> None:
    name = f"{NAME}-each"
    done = barewire(
        "lab", "up", "ptp+vxlan:vni=42:port=4789", "--nodes", "3", "--family", "46", "--name", name, "--detach"
    )
    assert done.code == 0, done.err
    assert barewire("lab", "down", name).code == 0


def test_a_wire_with_a_rate_and_without_offloads_comes_up() -> None:
    name = f"{NAME}-wire"
    done = barewire(
        "lab", "up", "flannel/host-gw", "--wire", "rate=1gbit,mtu=1400,offloads=off", "--name", name, "--detach"
    )
    assert done.code == 0, done.err
    try:
        assert "tbf" in barewire("lab", "exec", f"{name}/n1", "--", "tc", "qdisc", "show", "dev", "eth0").out
        assert "mtu 1400" in barewire("lab", "exec", f"{name}/n1-p1", "--", "ip", "link", "show", "dev", "eth0").out
    finally:
        assert barewire("lab", "down", name).code == 0


def test_a_dry_run_prints_commands_that_a_person_could_type() -> None:
    done = barewire("lab", "up", "flannel/vxlan", "--dry-run")
    assert done.code == 0, done.err
    assert "type vxlan" in done.out
    assert "bridge -n n1 fdb append" in done.out


def test_a_topology_file_is_outlined_before_its_commands() -> None:
    path = EXAMPLES / "topologies" / "clusters.toml"
    done = barewire_inside("lab", "up", "ptp+bgp:router:filter", "--topology", str(path), "--dry-run")
    assert done.code == 0, done.err
    assert done.out.startswith("# cluster east: border router b1, joined to b2, 2.00 ms one way\n#   zone a, 300 µs")
    assert "tc -n b1 qdisc add dev b2 root handle 1: netem delay 2000us" in done.out


def test_a_delay_that_the_kernel_cannot_make_is_named(tmp_path: Path) -> None:
    path = tmp_path / "zones.toml"
    path.write_text('zone_delay = "1ms"\n[[zone]]\nracks = [1]\n[[zone]]\nracks = [1]\n')
    done = barewire_inside("lab", "up", "host", "--topology", str(path), "--name", f"{NAME}-zones", "--detach")
    if done.code == 0:
        assert barewire("lab", "down", f"{NAME}-zones").code == 0
    else:
        assert "this kernel has no qdisc netem" in done.err and "leave it out of wire or topology" in done.err
