"""The lab: what runs in it, how it ends, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from barewire.errors import KernelError, LoadError, MeasurementError
from barewire.model.objects import DesiredState
from barewire.testbeds.local import LocalNamespaces, LocalTestbed
from barewire.testbeds.testbed import Command


@pytest.fixture
def nodes() -> Iterator[LocalNamespaces]:
    with LocalTestbed().open() as opened:
        opened.apply(DesiredState({"a": (), "b": ()}))
        yield opened


def run(nodes: LocalNamespaces, *argv: str, namespace: str = "a", cpus: tuple[int, ...] = ()) -> str:
    done = nodes.wait(nodes.spawn(Command(namespace, argv, cpus)), 10)
    assert done.status == 0, done.stderr
    return done.stdout.strip()


def test_each_namespace_is_its_own_and_none_is_the_machines(nodes: LocalNamespaces) -> None:
    seen = {run(nodes, "readlink", "/proc/self/ns/net", namespace=name) for name in ("a", "b")}
    assert len(seen) == 2
    assert str(Path("/proc/self/ns/net").readlink()) not in seen


def test_a_program_runs_on_the_given_cpus_and_it_alone(nodes: LocalNamespaces) -> None:
    last = max(os.sched_getaffinity(0))
    allowed = "sed -n s/^Cpus_allowed_list:.//p /proc/self/status"
    assert run(nodes, "sh", "-c", allowed, cpus=(last,)) == str(last)
    assert run(nodes, "sh", "-c", allowed) != str(last) or len(os.sched_getaffinity(0)) == 1


def test_a_program_that_does_not_exist_is_named_with_its_place(nodes: LocalNamespaces) -> None:
    with pytest.raises(LoadError, match=r"cannot run /nonexistent \(in a"):
        nodes.spawn(Command("a", ("/nonexistent",)))


def test_a_program_that_takes_too_long_is_ended_and_said(nodes: LocalNamespaces) -> None:
    number = nodes.spawn(Command("a", ("sleep", "60")))
    with pytest.raises(LoadError, match=r"sleep did not end within 0.1 s"):
        nodes.wait(number, 0.1)


def test_a_server_that_ends_instead_of_listening_says_why(nodes: LocalNamespaces) -> None:
    number = nodes.spawn(Command("a", ("sh", "-c", "echo there is no room >&2; exit 3"), listens=80))
    with pytest.raises(LoadError, match=r"did not start on port 80.*there is no room"):
        nodes.wait_listening(number, 10)


def test_an_unknown_namespace_is_an_error_that_lists_the_known(nodes: LocalNamespaces) -> None:
    with pytest.raises(KernelError, match="no namespace c: there are a, b"):
        nodes.spawn(Command("c", ("true",)))


def test_the_machines_run_directory_is_out_of_reach(nodes: LocalNamespaces) -> None:
    run(nodes, "touch", "/run/left-behind")
    assert not Path("/run/left-behind").exists()


def test_closing_ends_every_process_inside(nodes: LocalNamespaces) -> None:
    nodes.spawn(Command("a", ("sleep", "300")))
    pids = children(nodes.init_pid)
    assert pids
    nodes.close()
    assert not any(alive(pid) for pid in pids)


def test_a_killed_init_is_one_sentence_and_nothing_lives_on(nodes: LocalNamespaces) -> None:
    nodes.spawn(Command("a", ("sleep", "300")))
    pids = children(nodes.init_pid)
    os.kill(nodes.init_pid, signal.SIGKILL)
    with pytest.raises(MeasurementError, match="the lab's first process ended unexpectedly"):
        nodes.counters()
    assert not any(alive(pid) for pid in pids)


def test_labs_with_namespaces_of_the_same_names_do_not_meet() -> None:
    with LocalTestbed().open() as one, LocalTestbed().open() as other:
        for nodes in (one, other):
            nodes.apply(DesiredState({"a": ()}))
        assert run(one, "readlink", "/proc/self/ns/net") != run(other, "readlink", "/proc/self/ns/net")


def test_ip_netns_finds_the_namespaces_inside(nodes: LocalNamespaces) -> None:
    assert set(run(nodes, "ip", "netns", "list").split()) >= {"a", "b"}


def test_the_machines_own_abstract_sockets_are_out_of_reach(nodes: LocalNamespaces) -> None:
    with socket.socket(socket.AF_UNIX) as outside:
        outside.bind("\0barewire-test-outside")
        assert "barewire-test-outside" not in run(nodes, "cat", "/proc/net/unix")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_port_in_use_is_named_with_what_to_do(nodes: LocalNamespaces) -> None:
    program = "import socket,time; s=socket.create_server(('127.0.0.1', 8080)); time.sleep(60)"
    first = nodes.spawn(Command("a", (sys.executable, "-c", program), listens=8080))
    nodes.wait_listening(first, 10)
    with pytest.raises(LoadError, match=r"port 8080 is in use, and nginx needs it \(in a\).*--port"):
        nodes.spawn(Command("a", ("/usr/sbin/nginx",), listens=8080))
    nodes.spawn(Command("b", ("sleep", "1"), listens=8080))
