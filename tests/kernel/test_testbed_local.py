"""The testbed `local` keeps every promise of testbeds (tests/support/contract.py)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barewire.kernel.readiness import wait_readable
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import LabNodes
from tests.support.contract import NAMESPACES, PROMISES


@pytest.fixture
def nodes() -> Iterator[LabNodes]:
    with LocalTestbed().open() as opened:
        opened.apply(NAMESPACES)
        yield opened


@pytest.mark.parametrize("promise", PROMISES)
def test_the_testbed_keeps(promise: str, nodes: LabNodes) -> None:
    PROMISES[promise](nodes)


@contextmanager
def another_thread() -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    yield
    stop.set()
    thread.join()


def words_of_init(nodes: LabNodes) -> list[str]:
    return Path(f"/proc/{nodes.init_pid}/cmdline").read_text().split("\0")


def test_a_process_with_threads_executes_the_holder_anew() -> None:
    with another_thread(), LocalTestbed().open() as nodes:
        nodes.apply(NAMESPACES)
        assert "barewire.testbeds.inside.holder" in words_of_init(nodes)


def test_a_forked_lab_has_no_descriptor_of_its_parent() -> None:
    assert len(os.listdir("/proc/self/task")) == 1
    ours, theirs = os.pipe()
    try:
        with LocalTestbed().open() as nodes:
            nodes.apply(NAMESPACES)
            assert words_of_init(nodes) == Path("/proc/self/cmdline").read_text().split("\0")
            folder = Path(f"/proc/{nodes.init_pid}/fd")
            assert Path(f"/proc/self/fd/{ours}").readlink() not in {one.readlink() for one in folder.iterdir()}
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_forked_lab_ends_with_its_parent() -> None:
    here, there = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            with LocalTestbed().open() as nodes:
                os.write(there, str(nodes.init_pid).encode())
                os._exit(0)  # without closing the lab
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    init = int(os.read(here, 32))
    os.close(here)
    os.close(there)
    assert has_ended(init)


def has_ended(pid: int) -> bool:
    """Whether a process has ended, or does within ten seconds."""
    try:
        life = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(wait_readable([life], 10))
    finally:
        os.close(life)
