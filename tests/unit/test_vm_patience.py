"""When a guest is taken for hung: by what its QEMU uses, not by how long a busy machine lets it wait."""

from __future__ import annotations

import itertools
import os
from multiprocessing import Pipe

import pytest

from barewire.testbeds.vm import patience


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_LOOK_SECONDS", 0.0)


def test_an_answer_that_is_there_is_waited_for_no_longer() -> None:
    ours, theirs = Pipe()
    theirs.send("answer")
    assert patience.wait(ours, lambda: 0.0, "counted", 0.0) == ""


def test_a_guest_that_uses_up_its_cpu_hangs_and_a_load_gets_more() -> None:
    ours, theirs = Pipe()
    for seconds, limit in ((0.0, 120), (2.0, 200)):
        used = itertools.count(7.0, 1.0)
        assert (
            patience.wait(ours, lambda used=used: next(used), "counted", seconds) == f"nothing after {limit} s of CPU"
        )
        assert next(used) == pytest.approx(7 + limit + 2)
    theirs.close()
    assert patience.wait(ours, lambda: 0.0, "counted", 0.0) == "", "the end of the other side is an answer"


def test_a_guest_that_stands_still_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = Pipe()
    monkeypatch.setattr(patience, "STILL_SECONDS", 0.01)
    assert patience.wait(ours, lambda: 7.0, "counted", 0.0).startswith("QEMU used no CPU time")
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.01)
    assert patience.wait(ours, lambda: 7.0, "wall", 0.02) == "nothing within 0 s"
    theirs.close()


def test_what_a_process_used_is_read_and_none_is_nothing() -> None:
    assert patience.cpu_seconds(os.getpid()) > 0
    assert patience.cpu_seconds((1 << 22) + 1) == 0
