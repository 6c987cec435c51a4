"""The testbed `local` keeps every promise of testbeds (tests/support/contract.py)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barewire.kernel.readiness import wait_readable
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import LabNodes
from tests.support.contract import NAMESPACES, PROMISES
from tests.support.forked_holders import usual_holders


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
    with usual_holders(), another_thread(), LocalTestbed().open() as nodes:
        nodes.apply(NAMESPACES)
        assert "barewire.testbeds.inside.holder" in words_of_init(nodes)


FORKED = """
import os
from pathlib import Path
from barewire.testbeds.local import LocalTestbed
from tests.support.contract import NAMESPACES

ours, theirs = os.pipe()
with LocalTestbed().open() as nodes:
    nodes.apply(NAMESPACES)
    words = [Path("/proc", str(pid), "cmdline").read_bytes() for pid in (nodes.init_pid, os.getpid())]
    folder = Path(f"/proc/{nodes.init_pid}/fd")
    held = {one.readlink() for one in folder.iterdir()}
    print(nodes.init_pid, words[0] == words[1], Path(f"/proc/self/fd/{ours}").readlink() in held, flush=True)
    os._exit(0)  # without closing the lab
"""
"""A process of its own: pytest's may have threads."""


def test_a_forked_lab_has_no_descriptor_and_ends_with_its_parent() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", FORKED], cwd=root, capture_output=True, text=True, check=True)
    init, forked, held = done.stdout.split()
    assert (forked, held) == ("True", "False")
    assert has_ended(int(init))


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
