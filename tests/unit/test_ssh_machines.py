"""Machines that are reached by ssh: what is typed, what can be wrong, and what several say as one. No machine is needed."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from barewire.errors import BarewireError, MeasurementError, NetworkError, PlanError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernel.activity import Activity
from barewire.kernel.counters import MODES, Counters
from barewire.kernel.features import Feature
from barewire.kernel.machine import describe
from barewire.lab import usage
from barewire.lab.pinning import Pinning
from barewire.model.network import Topology
from barewire.model.objects import Nic
from barewire.model.racks import Racks
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import far_preflight
from barewire.testbeds.ssh import bundle, merged, refusals
from barewire.testbeds.ssh.frames import MachineActivity
from barewire.testbeds.ssh.target import SshTarget, parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed

TEXTS = ("root@a%eth1", "b%eth0:macvlan")
PLAN = {"testbed": "ssh", "machines": TEXTS, "networks": ("host",)}


def test_a_machine_is_a_host_and_a_card() -> None:
    found = parse_targets(TEXTS)
    assert found == (SshTarget("root@a", "eth1"), SshTarget("b", "eth0", "macvlan"))
    assert tuple(map(str, found)) == TEXTS


@pytest.mark.parametrize(
    "texts, said",
    [
        (("a", "b%eth1"), "'a' is not a machine with a network card"),
        (("-oProxyCommand=x%eth1", "b%eth1"), "is not a machine"),
        (("a%eth1",), "a network needs two"),
        (("a%eth1", "a%eth1"), "a%eth1 is named twice"),
        (("a%eth0:shared", "a%eth1:shared"), "a is named twice with :shared"),
        (("a%eth1:bond", "b%eth1"), "there is no mode bond"),
    ],
)
def test_a_wrong_machine_is_refused_with_the_form(texts: tuple[str, ...], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        parse_targets(texts)


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("kernel", ("6.12",), "run the kernels that they have"),
        ("clock", "counted", "in a VM of this machine alone"),
        ("topology", "racks=2,nodes=1", "racks are built on this machine alone"),
        ("nodes", 3, "each machine is one node, and 2 are named"),
        ("machines", ("a%eth1",), "a network needs two"),
        ("testbed", "local", "--testbed ssh"),
    ],
)
def test_a_plan_refuses_what_machines_cannot_do(key: str, value: object, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        load_plan(None, {**PLAN, key: value})


def test_a_plan_has_keys_of_machines_where_there_are_some() -> None:
    assert load_plan(None, PLAN).record()["machines"] == list(TEXTS)
    assert "machines" not in load_plan(None, {"networks": ("host",)}).record()


@pytest.mark.parametrize(
    "status, said, kind, what",
    [
        (255, "Host key verification failed.", PrerequisiteError, r"host key is not known.*ssh a true"),
        (255, "root@a: Permission denied (publickey).", PrerequisiteError, "none of your keys.*ssh-copy-id a"),
        (
            255,
            "ssh: Could not resolve hostname a: Name or service not known",
            PrerequisiteError,
            "the name is not known",
        ),
        (255, "ssh: connect to host a port 22: Connection refused", PrerequisiteError, "nothing answers.*Start sshd"),
        (255, "ssh: connect to host a port 22: Connection timed out", PrerequisiteError, "it cannot be reached"),
        (127, "sh: 1: exec: python3: not found", PrerequisiteError, "a has no python3.*apt-get install"),
        (255, "Connection to a closed by remote host.", MeasurementError, "the connection to a broke.*--resume"),
        (255, "", MeasurementError, "the connection to a broke"),
        (1, "Traceback ...", MeasurementError, "the program on a ended unexpectedly"),
    ],
)
def test_what_ssh_says_becomes_a_sentence(status: int, said: str, kind: type[BarewireError], what: str) -> None:
    error = refusals.of_ssh("a", status, said)
    assert type(error) is kind
    with pytest.raises(kind, match=what):
        raise error


def test_an_unfit_machine_is_refused() -> None:
    refusals.refuse_unfit("a", {"python": [3, 11], "uid": 0})
    with pytest.raises(PrerequisiteError, match=r"Python on a is too old: it is 3\.9"):
        refusals.refuse_unfit("a", {"python": [3, 9], "uid": 0})
    with pytest.raises(PrerequisiteError, match=r"not root on me@a.*root@a"):
        refusals.refuse_unfit("me@a", {"python": [3, 11], "uid": 1000})


def test_machines_with_unlike_kernels_are_refused() -> None:
    one, other = {"release": "6.1.0", "machine": "x86_64"}, {"release": "6.12.9", "machine": "x86_64"}
    refusals.refuse_unlike(["a", "b"], [one, one])
    with pytest.raises(PrerequisiteError, match=r"a has Linux 6\.1\.0 on x86_64, b has Linux 6\.12\.9"):
        refusals.refuse_unlike(["a", "b"], [one, other])


def test_the_archive_holds_all_that_the_agent_imports(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(bundle.archive(describe().architecture))) as tar:
        tar.extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {bundle.MODULE} as agent; print(agent.__file__)"
    )
    # Without the packages of this Python, as on a machine that has none.
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(str(tmp_path)), done.stderr
    version = subprocess.run([tmp_path / "barewire/libexec/barewire-load", "--version"], capture_output=True, text=True)
    assert version.stdout.startswith("barewire-load ")


def test_the_archive_has_programs_for_the_machines_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "riscv64").mkdir()
    for name in programs.IN_LABS:
        file = tmp_path / "riscv64" / name
        file.write_bytes(f"{name} for riscv64".encode())
        file.chmod(0o755)
    monkeypatch.setenv("BAREWIRE_STATIC", str(tmp_path))
    with tarfile.open(fileobj=io.BytesIO(bundle.archive("riscv64"))) as tar:
        for name in programs.IN_LABS:
            file_inside = tar.extractfile(f"barewire/libexec/{name}")
            assert file_inside is not None and file_inside.read() == f"{name} for riscv64".encode()
    with pytest.raises(PrerequisiteError, match=r"sparc64/barewire-load, which runs on other machines, is missing"):
        bundle.archive("sparc64")
    monkeypatch.delenv("BAREWIRE_STATIC")
    with pytest.raises(PrerequisiteError, match=r"no barewire-load for sparc64.*sparc64-linux-gnu-gcc"):
        bundle.archive("sparc64")


def test_a_feature_is_there_if_every_machine_has_it() -> None:
    has, lacks = Feature("link:vxlan", True), Feature("link:vxlan", False, "no vxlan", "modprobe vxlan")
    assert merged.merge_features({"a": {has.name: has}, "b": {has.name: has}}) == {has.name: has}
    found = merged.merge_features({"a": {has.name: has}, "b": {has.name: lacks}})[has.name]
    assert (found.available, found.reason) == (False, "b: no vxlan")


def counters(busy: float) -> Counters:
    modes = dict.fromkeys(MODES, busy)
    return Counters(1_000_000_000, {"all": dict.fromkeys(MODES, 2 * busy), "0": modes, "1": modes}, 1, 2, 3, {})


def test_cpu_time_is_that_of_each_ends_own_machine() -> None:
    before = merged.merge_counters({"n1": counters(0), "n2": counters(0)})
    after = merged.merge_counters({"n1": counters(1), "n2": counters(5)})
    found = usage.difference(before, after, Pinning((0,), (1,), "spin", elsewhere=True), "n2")
    assert found.cpu["client"]["user"] == 1
    assert found.cpu["server"]["user"] == 5
    assert found.cpu["all"]["user"] == 12


def test_the_wire_is_a_card_with_the_nodes_addresses() -> None:
    testbed = SshTestbed(parse_targets(TEXTS))
    found = testbed.underlay(Topology.uniform(2, 1), wants_switch=False)
    assert found.objects["n1"][0] == Nic("eth0", 1500, ("n2", "eth0"))
    with pytest.raises(NetworkError, match="3 nodes cannot be on 2 machines"):
        testbed.underlay(Topology.uniform(3, 1), wants_switch=False)
    with pytest.raises(NetworkError, match="a router on the wire"):
        testbed.underlay(Topology.uniform(2, 1), wants_switch=True)
    with pytest.raises(NetworkError, match="racks"):
        testbed.underlay(Topology.uniform(2, 1, racks=Racks.uniform(2, 1)), wants_switch=False)


def test_a_busy_machine_is_named_before_the_study() -> None:
    quiet = MachineActivity(Activity(1, {0: 0.0}, {0: 0.0}), {}, None, None)
    busy = MachineActivity(Activity(1, {0: 0.9}, {0: 0.0}), {}, None, None)
    plan = load_plan(None, PLAN)
    assert far_preflight.judge(plan, [(0,), (0,)], [quiet, quiet]).fit
    found = far_preflight.judge(plan, [(0,), (0,)], [quiet, busy])
    assert [one.detail for one in found.reasons] == ["b: CPU 0 was 90 % busy"]
    machine = dataclasses.replace(describe(), cpus=(0, 1, 2))
    pinned = load_plan(None, {**PLAN, "server_cpus": "2", "client_cpus": "1"})
    assert far_preflight.used_cpus(pinned, [machine, machine]) == [(1,), (2,)]
