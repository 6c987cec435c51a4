"""A VM needs no root: a study by an ordinary user, with a kernel and a cache of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import barewire
from tests.support.vm import image

NOBODY = 65534


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the user's, where a user can reach it: what pytest gives is root's alone."""
    with tempfile.TemporaryDirectory(prefix="barewire-test-home-") as name:
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def test_an_ordinary_user_measures_in_a_vm(home: Path) -> None:
    found = image("6.12")
    user = ["env", f"HOME={home}", f"XDG_CACHE_HOME={home}", f"TMPDIR={home}"]
    if os.geteuid() == 0:
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *user]
    if subprocess.run([*user, sys.executable, "-c", "import barewire"], capture_output=True, check=False).returncode:
        pytest.skip("an ordinary user cannot reach this Python")
    kernel = home / f"vmlinuz-{found.release}"
    shutil.copy(found.vmlinuz, kernel)
    assert found.modules
    modules = Path(shutil.copytree(found.modules, home / "lib" / "modules" / found.release))
    done = barewire(
        "study", "--kernel", f"{kernel}:{modules}", "--clock", "counted", "--networks", "host", "--workloads", "tcp-rr",
        "--blocks", "1", "--out", str(home / "run"), before=user, seconds=600,
    )  # fmt: skip
    assert done.code == 0, done.err
    trials = [json.loads(line) for line in (home / "run" / "trials.ndjson").read_text().splitlines()]
    assert [trial["valid"] for trial in trials] == [True, True]
