"""Daemons and namespaces as desired state: real programs that get ready, die or never do; adoption; undoing a failed step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_interface, ip_network

import pytest

from barewire.errors import KernelError
from barewire.kernel.daemons import FOLDER
from barewire.lab.lab import built
from barewire.model.daemons import Daemon, Exists, Listens, Prints
from barewire.model.network import Topology
from barewire.model.objects import Address, DesiredState, Link, NftTable, Peer, Route
from barewire.networks import catalogue
from barewire.testbeds.local import LocalNamespaces, LocalTestbed
from barewire.testbeds.testbed import Command

WEB = Daemon("web", (sys.executable, "-u", "-m", "http.server", "8080"), Listens(8080), (("index.html", "hello\n"),))
ASK = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/').read().decode(), end='')"
PAIR = Link("eth0", "veth", 1500, peer=Peer("b", "eth0", "", 1500))
BAD_TABLE = NftTable("ip", "barewire", "chain post {\nnonsense\n}")


@pytest.fixture
def nodes() -> Iterator[LocalNamespaces]:
    with LocalTestbed().open() as opened:
        yield opened


def run(nodes: LocalNamespaces, namespace: str, *argv: str) -> str:
    done = nodes.wait(nodes.spawn(Command(namespace, argv)), 30)
    assert done.status == 0, done.stderr
    return done.stdout


def test_a_daemon_with_its_files_becomes_ready(nodes: LocalNamespaces) -> None:
    assert not nodes.apply(DesiredState({"a": (WEB,)})).unchanged
    nodes.await_daemons(30)
    assert run(nodes, "a", sys.executable, "-c", ASK) == "hello\n"
    assert nodes.apply(DesiredState({"a": (WEB,)})).unchanged


@pytest.mark.parametrize("ready", [Prints("up"), Exists("up")], ids=str)
def test_a_daemon_is_ready_by_what_it_prints_or_makes(nodes: LocalNamespaces, ready: Prints | Exists) -> None:
    nodes.apply(DesiredState({"a": (Daemon("one", ("sh", "-c", "touch up; echo up; exec sleep 300"), ready),)}))
    nodes.await_daemons(30)


def test_a_daemon_restarts_for_a_new_file_and_ends_when_unwanted(nodes: LocalNamespaces) -> None:
    changed = Daemon(WEB.name, WEB.argv, WEB.ready, (("index.html", "other\n"),))
    nodes.apply(DesiredState({"a": (WEB,)}))
    nodes.await_daemons(30)
    nodes.apply(DesiredState({"a": (changed,)}))
    nodes.await_daemons(30)
    assert run(nodes, "a", sys.executable, "-c", ASK) == "other\n"
    assert nodes.apply(DesiredState({"a": ()})).removed == {"a": 1}
    tables = run(nodes, "a", "cat", "/proc/self/net/tcp")
    assert ":1F90 00000000:0000 0A" not in tables


def test_a_daemon_that_dies_at_start_shows_its_log(nodes: LocalNamespaces) -> None:
    dies = Daemon("bird", ("sh", "-c", "echo no such protocol; exit 3"), Listens(179))
    nodes.apply(DesiredState({"a": (dies,)}))
    with pytest.raises(
        KernelError, match=r"bird ended before it was ready \(in a\): status 3; its log: no such protocol"
    ):
        nodes.await_daemons(30)


def test_a_daemon_that_is_never_ready_is_an_error_with_its_log(nodes: LocalNamespaces) -> None:
    waits = Daemon("agent", ("sh", "-c", "echo no lease yet; exec sleep 300"), Prints("ready"))
    nodes.apply(DesiredState({"a": (waits,)}))
    with pytest.raises(KernelError, match=r"agent was not ready after 0.2 s \(prints 'ready'\) .*no lease yet"):
        nodes.await_daemons(0.2)


def test_a_daemon_whose_program_is_missing_is_named(nodes: LocalNamespaces) -> None:
    with pytest.raises(KernelError, match=r"cannot run the daemon one \(in a\): /nonexistent: No such file"):
        nodes.apply(DesiredState({"a": (Daemon("one", ("/nonexistent",), Listens(1)),)}))


@pytest.mark.parametrize("by", ["pid", "path"])
def test_a_namespace_is_adopted_with_what_is_in_it(nodes: LocalNamespaces, by: str) -> None:
    nodes.apply(DesiredState({"a": ()}))
    script = "ip link add theirs type bridge && echo $$ && exec sleep 300"
    keeper = Daemon("keeper", ("unshare", "-n", "sh", "-c", script), Prints("\n"))
    nodes.apply(DesiredState({"a": (keeper,)}))
    nodes.await_daemons(30)
    pid = int(run(nodes, "a", "cat", str(FOLDER / "a" / "keeper" / "log")))
    origin = pid if by == "pid" else f"/proc/{pid}/ns/net"
    added = DesiredState({"theirs": (Link("ours", "bridge", 1500),)}, {"theirs": origin})
    nodes.apply(added)
    assert nodes.apply(added).unchanged
    assert {"theirs", "ours"} <= set(
        run(nodes, "theirs", "sh", "-c", "ip -o link | cut -d' ' -f2 | tr -d ':@'").split()
    )
    nodes.apply(DesiredState({"theirs": ()}))
    left = run(nodes, "theirs", "ip", "-o", "link")
    assert "theirs" in left and "ours" not in left


def test_what_is_no_namespace_is_not_adopted(nodes: LocalNamespaces) -> None:
    with pytest.raises(KernelError, match=r"cannot adopt the network namespace of /etc/passwd \(in x\)"):
        nodes.apply(DesiredState({"x": ()}, {"x": "/etc/passwd"}))


def test_a_failed_step_leaves_no_new_namespace(nodes: LocalNamespaces) -> None:
    with pytest.raises(KernelError, match="nft"):
        nodes.apply(DesiredState({"a": (PAIR, BAD_TABLE), "b": ()}))
    with pytest.raises(KernelError, match="no namespace a"):
        nodes.spawn(Command("a", ("true",)))
    good = DesiredState({"a": (PAIR,), "b": ()})
    assert not nodes.apply(good).unchanged
    assert nodes.apply(good).unchanged


def test_a_failed_step_restores_what_was_wanted_before(nodes: LocalNamespaces) -> None:
    route = Route(ip_network("10.9.0.0/16"), "eth0")
    before = DesiredState({"a": (PAIR, Address("eth0", ip_interface("10.0.0.1/24")), route), "b": (WEB,)})
    nodes.apply(before)
    nodes.await_daemons(30)
    shown = [run(nodes, name, "ip", "-o", "address") + run(nodes, name, "ip", "route") for name in ("a", "b")]
    after = {
        "a": (PAIR, Address("eth0", ip_interface("10.0.0.7/24")), Link("cni0", "bridge", 1500), BAD_TABLE),
        "b": (),
    }
    with pytest.raises(KernelError, match="nft"):
        nodes.apply(DesiredState(after))
    nodes.await_daemons(30)
    again = [run(nodes, name, "ip", "-o", "address") + run(nodes, name, "ip", "route") for name in ("a", "b")]
    # The kernel looks for duplicates of an IPv6 address for a second or two, before or after the first look.
    kept = [[sorted(text.replace(" tentative", "").splitlines()) for text in texts] for texts in (again, shown)]
    assert kept[0] == kept[1]
    assert nodes.apply(before).unchanged


def test_a_proof_waits_for_daemons_and_shows_the_log() -> None:
    network, topology = catalogue.network(catalogue.parse("ptp")), Topology.uniform(2, 1)
    with built(network, topology, LocalTestbed()) as lab:
        for daemon in (WEB, Daemon("bird", ("sh", "-c", "echo no such protocol"), Listens(179))):
            desired = lab.desired.merged(DesiredState({"n1": (daemon,)}))
            lab.nodes.apply(desired)
            held = replace(lab, desired=desired)
            if daemon is WEB:
                held.prove()
                node = lab.nodes.node("n1")
                assert node.wait(node.spawn(Command("n1", (sys.executable, "-c", ASK))), 30).stdout == "hello\n"
            else:
                with pytest.raises(KernelError, match=r"bird ended before it was ready .*no such protocol"):
                    held.prove()
