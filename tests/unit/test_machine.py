"""Facts of the machine are plain data that a place hands over, from wherever its labs are."""

from __future__ import annotations

import os
import pickle
import platform
from pathlib import Path

import pytest

from barewire.errors import PlanError
from barewire.kernel import machine
from barewire.lab import pinning
from barewire.testbeds.local import LocalTestbed


def test_a_local_testbed_describes_this_machine() -> None:
    found = LocalTestbed().machine()
    assert found.cpus == tuple(sorted(os.sched_getaffinity(0)))
    assert found.release == platform.release()
    assert found.release in found.kernel
    assert found.congestion_control in ("cubic", "reno")
    assert found.sysctls["net.core.somaxconn"] == Path("/proc/sys/net/core/somaxconn").read_text().strip()
    assert not found.vm


def test_facts_go_from_process_to_process() -> None:
    found = machine.describe()
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_kernel_without_cubic_gives_reno(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = tmp_path / "allowed"
    monkeypatch.setattr(machine, "_ALLOWED", str(allowed))
    allowed.write_text("reno bbr\n")
    assert machine.congestion_control() == "reno"
    allowed.write_text("reno cubic\n")
    assert machine.congestion_control() == "cubic"


def test_both_sides_share_the_only_cpu_and_the_client_sleeps() -> None:
    assert pinning.choose("auto", "auto", "auto", [0]) == pinning.Pinning((0,), (0,), "sleep")


def test_a_cpu_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(PlanError, match=r"--client-cpus\) include CPU 3"):
        pinning.choose("auto", (3,), "auto", [0])
