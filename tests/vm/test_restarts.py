"""`--restarts` in a VM: another boot before every group of blocks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from barewire.results import reading
from barewire.results.comparison.sides import restarts
from tests.support.vm import image


def test_a_vm_boots_again_for_every_group_of_blocks(tmp_path: Path) -> None:
    run, kernel = tmp_path / "run", image("6.12").release
    done = subprocess.run(
        [sys.executable, "-P", "-m", "barewire", "study", "--clock", "counted", "--kernel", kernel, "--networks", "host",
         "--workloads", "tcp-rr", "--blocks", "2", "--restarts", "2", "--seed", "3", "--memory", "512", "--out", str(run)],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("booted in a VM") == 2, done.stderr
    assert restarts(reading.read(run).analysed()) == (frozenset({1}), frozenset({2}))
