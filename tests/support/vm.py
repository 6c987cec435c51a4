"""Kernels and VMs for tests. A boot takes 20 s and more, so few tests boot, and one VM serves
many tests that use the same kernel."""

from __future__ import annotations

import os
import shutil

import pytest

from barewire.errors import BarewireError
from barewire.kernels import available
from barewire.kernels.image import Image
from barewire.testbeds.vm import boot

KERNELS = ("6.1", "6.12")
SHARED_KERNEL = "6.12"
SHARE_A_VM = ("test_limits.py", "test_networks.py", "test_programs.py", "test_real_systems.py", "test_transports.py")
"""Files of tests/vm that use one VM of that kernel, so one process runs them all (`tests/conftest.py`)."""

SHARE_A_COUNTING_VM = ("test_explain.py", "test_truth.py")
"""The same of a VM whose instructions a plugin counts."""


def why_no_vm() -> str:
    """Why no VM can be booted on this machine; empty when one can."""
    try:
        boot.board()
    except BarewireError as error:
        return str(error)
    lacking = [name for name in ("busybox", "modprobe") if not shutil.which(name)]
    return f"a VM needs {' and '.join(lacking)}; scripts/setup test installs them" if lacking else ""


def image(version: str) -> Image:
    """A Debian kernel, downloaded where it is not in the cache yet."""
    try:
        return available.find(version)
    except BarewireError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"Linux {version} is not available: {error}")
