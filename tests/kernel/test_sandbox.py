"""The sandbox: what runs in it, how it ends, and that nothing of it is left."""

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
from barewire.testbeds.local import LocalSandbox, LocalTestbed
from barewire.testbeds.testbed import Command


@pytest.fixture
def sandbox() -> Iterator[LocalSandbox]:
    with LocalTestbed().open() as opened:
        opened.converge(DesiredState({"a": (), "b": ()}))
        yield opened


def run(sandbox: LocalSandbox, *argv: str, namespace: str = "a", cpus: tuple[int, ...] = ()) -> str:
    done = sandbox.wait(sandbox.spawn(Command(namespace, argv, cpus)), 10)
    assert done.status == 0, done.stderr
    return done.stdout.strip()


def test_each_namespace_is_its_own_and_none_is_the_machines(sandbox: LocalSandbox) -> None:
    seen = {run(sandbox, "readlink", "/proc/self/ns/net", namespace=name) for name in ("a", "b")}
    assert len(seen) == 2
    assert str(Path("/proc/self/ns/net").readlink()) not in seen


def test_a_program_runs_on_the_cpus_that_it_was_given_and_only_it(sandbox: LocalSandbox) -> None:
    last = max(os.sched_getaffinity(0))
    allowed = "sed -n s/^Cpus_allowed_list:.//p /proc/self/status"
    assert run(sandbox, "sh", "-c", allowed, cpus=(last,)) == str(last)
    assert run(sandbox, "sh", "-c", allowed) != str(last) or len(os.sched_getaffinity(0)) == 1


def test_a_program_that_does_not_exist_is_named_with_its_place(sandbox: LocalSandbox) -> None:
    with pytest.raises(LoadError, match=r"cannot run /nonexistent \(in a"):
        sandbox.spawn(Command("a", ("/nonexistent",)))


def test_a_program_that_takes_too_long_is_ended_and_said(sandbox: LocalSandbox) -> None:
    number = sandbox.spawn(Command("a", ("sleep", "60")))
    with pytest.raises(LoadError, match=r"sleep did not end within 0.1 s"):
        sandbox.wait(number, 0.1)


def test_a_server_that_ends_instead_of_listening_says_why(sandbox: LocalSandbox) -> None:
    number = sandbox.spawn(Command("a", ("sh", "-c", "echo there is no room >&2; exit 3"), listens=80))
    with pytest.raises(LoadError, match=r"did not start on port 80.*there is no room"):
        sandbox.wait_listening(number, 10)


def test_an_unknown_namespace_is_an_error_that_lists_those_there_are(sandbox: LocalSandbox) -> None:
    with pytest.raises(KernelError, match="no namespace c: there are a, b"):
        sandbox.spawn(Command("c", ("true",)))


def test_the_machines_run_directory_is_out_of_reach(sandbox: LocalSandbox) -> None:
    run(sandbox, "touch", "/run/left-behind")
    assert not Path("/run/left-behind").exists()


def test_closing_ends_every_process_inside(sandbox: LocalSandbox) -> None:
    sandbox.spawn(Command("a", ("sleep", "300")))
    pids = children(sandbox.init_pid)
    assert pids
    sandbox.close()
    assert not any(alive(pid) for pid in pids)


def test_a_killed_init_is_reported_in_one_sentence_and_nothing_lives_on(sandbox: LocalSandbox) -> None:
    sandbox.spawn(Command("a", ("sleep", "300")))
    pids = children(sandbox.init_pid)
    os.kill(sandbox.init_pid, signal.SIGKILL)
    with pytest.raises(MeasurementError, match="the lab's sandbox ended in the middle of its work"):
        sandbox.counters()
    assert not any(alive(pid) for pid in pids)


def test_two_sandboxes_hold_namespaces_of_the_same_name_and_do_not_meet() -> None:
    with LocalTestbed().open() as one, LocalTestbed().open() as other:
        for sandbox in (one, other):
            sandbox.converge(DesiredState({"a": ()}))
        assert run(one, "readlink", "/proc/self/ns/net") != run(other, "readlink", "/proc/self/ns/net")


def test_ip_netns_finds_the_namespaces_inside(sandbox: LocalSandbox) -> None:
    assert set(run(sandbox, "ip", "netns", "list").split()) >= {"a", "b"}


def test_the_machines_own_abstract_sockets_are_out_of_reach(sandbox: LocalSandbox) -> None:
    with socket.socket(socket.AF_UNIX) as outside:
        outside.bind("\0barewire-test-outside")
        assert "barewire-test-outside" not in run(sandbox, "cat", "/proc/net/unix")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_port_in_use_is_named_with_what_to_do(sandbox: LocalSandbox) -> None:
    program = "import socket,time; s=socket.create_server(('127.0.0.1', 8080)); time.sleep(60)"
    first = sandbox.spawn(Command("a", (sys.executable, "-c", program), listens=8080))
    sandbox.wait_listening(first, 10)
    with pytest.raises(LoadError, match=r"port 8080 is in use, and nginx needs it \(in a\).*--port"):
        sandbox.spawn(Command("a", ("/usr/sbin/nginx",), listens=8080))
    sandbox.spawn(Command("b", ("sleep", "1"), listens=8080))
