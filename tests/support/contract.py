"""What every testbed does: one function for each promise, run on an open lab with the namespaces `n1`, `n1-p1` and `n2`.

Found by name (`promise_...`). A folder of `barewire.testbeds` with a `testbed.py` must be in `FILES`, whose file runs them all.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable

import pytest

from barewire.errors import KernelError, LoadError, PrerequisiteError
from barewire.model.objects import DesiredState, Link, Peer
from barewire.model.settings import Sysctl
from barewire.testbeds.testbed import Command, LabNodes

FILES = {
    "fake": "unit/test_testbed_fake.py",
    "local": "kernel/test_testbed_local.py",
    "ssh": "kernel/test_testbed_ssh.py",
    "vm": "vm/test_networks.py",
}
"""Each testbed, and the tests that hold it to the promises; those of `vm` share the VM of the tests of networks."""

NAMESPACES = DesiredState({"n1": (), "n1-p1": (), "n2": ()})
FORWARDING = Sysctl("net.ipv4.ip_forward", "1")


def promise_a_node_is_found_by_any_of_its_namespaces(nodes: LabNodes) -> None:
    assert [nodes.node(name).name for name in ("n1", "n1-p1", "n2")] == ["n1", "n1", "n2"]


def promise_a_desired_state_is_applied_once(nodes: LabNodes) -> None:
    wanted = DesiredState({"n1-p1": (FORWARDING,)})
    assert not nodes.apply(wanted).unchanged
    assert nodes.apply(wanted).unchanged
    assert nodes.node("n1").sysctl("n1-p1", FORWARDING.key) == "1"


def promise_a_node_is_applied_alone(nodes: LabNodes) -> None:
    nodes.node("n2").apply(DesiredState({"n2": (FORWARDING,)}))
    assert nodes.node("n2").sysctl("n2", FORWARDING.key) == "1"
    with pytest.raises(KernelError, match="namespace n1 is not on node n2"):
        nodes.node("n2").apply(DesiredState({"n1": ()}))


def promise_an_unknown_sysctl_is_an_error_that_names_it(nodes: LabNodes) -> None:
    with pytest.raises(KernelError, match=r"cannot read sysctl net\.no\.such.*No such file"):
        nodes.node("n1").sysctl("n1", "net.no.such")


def promise_a_program_runs_and_its_end_is_reported(nodes: LabNodes) -> None:
    node = nodes.node("n1")
    done = node.wait(node.spawn(Command("n1-p1", ("sh", "-c", "echo out; echo err >&2; exit 3"))), 30)
    assert (done.status, done.stdout, done.stderr) == (3, "out\n", "err\n")


def promise_a_program_has_its_input_and_its_variables(nodes: LabNodes) -> None:
    node = nodes.node("n1")
    command = Command("n1", ("sh", "-c", "cat; echo $WORD"), stdin=b"given\n", environment=(("WORD", "said"),))
    assert node.wait(node.spawn(command), 30).stdout == "given\nsaid\n"


def promise_links_of_all_namespaces_are_listed(nodes: LabNodes) -> None:
    nodes.apply(DesiredState({"n1": (Link("eth0", "veth", 1400, peer=Peer("n1-p1", "eth1", "", 1400)),), "n1-p1": ()}))
    links = nodes.links()
    assert {"n1", "n1-p1", "n2"} <= set(links)
    # Some kernels put devices of their own into each namespace, like tunl0.
    assert ("eth0", "veth", 1400) in [(link.name, link.kind, link.mtu) for link in links["n1"]]
    nodes.apply(DesiredState({"n1": (), "n1-p1": ()}))
    assert "eth0" not in [link.name for link in nodes.links()["n1"]]


def promise_a_program_is_found_in_the_folders_that_are_named(nodes: LabNodes) -> None:
    node = nodes.node("n1")
    assert node.program("sh", "/nonexistent:/bin") == "/bin/sh"
    with pytest.raises(PrerequisiteError, match=r"no program sh.*in /nonexistent"):
        node.program("sh", "/nonexistent")


def promise_a_program_is_found_by_name_on_the_node(nodes: LabNodes) -> None:
    node = nodes.node("n1")
    path = node.program("sh")
    assert path.startswith("/")
    assert node.program(path) == path


def promise_a_program_that_does_not_exist_is_named_with_its_namespace(nodes: LabNodes) -> None:
    with pytest.raises(LoadError, match=r"cannot run /nonexistent \(in n1"):
        nodes.node("n1").spawn(Command("n1", ("/nonexistent",)))


def promise_an_unknown_namespace_is_an_error_that_lists_the_others(nodes: LabNodes) -> None:
    with pytest.raises(KernelError, match="no namespace n1-p9: there are n1, n1-p1"):
        nodes.node("n1").spawn(Command("n1-p9", ("true",)))
    with pytest.raises(KernelError, match="namespace n2 is not on node n1"):
        nodes.node("n1").spawn(Command("n2", ("true",)))


def promise_a_program_is_stopped(nodes: LabNodes) -> None:
    node = nodes.node("n2")
    assert node.stop(node.spawn(Command("n2", ("sleep", "300")))).status == -15


def promise_a_file_is_where_its_path_says(nodes: LabNodes) -> None:
    node = nodes.node("n1")
    path = node.write_file("folder/name", b"content")
    assert node.wait(node.spawn(Command("n1", ("cat", path))), 30).stdout == "content"


def promise_counters_have_a_time_that_goes_on(nodes: LabNodes) -> None:
    first = nodes.node("n1").counters()
    assert {key[0] for key in first.drops} <= {"n1", "n1-p1"}
    assert nodes.counters().nanoseconds >= first.nanoseconds


def promise_the_machine_of_a_node_has_cpus_and_a_kernel(nodes: LabNodes) -> None:
    machine = nodes.node("n1").machine()
    assert machine.cpus and machine.release


def promise_a_feature_is_there_or_has_a_reason(nodes: LabNodes) -> None:
    for name, found in nodes.probe(["link:veth", "link:bridge"]).items():
        assert found.name == name
        assert found.available or found.reason


PROMISES: dict[str, Callable[[LabNodes], None]] = {
    name: function
    for name, function in inspect.getmembers(sys.modules[__name__], inspect.isfunction)
    if name.startswith("promise_")
}
