"""What tests in VMs share. A boot is 20 s and more, so few tests boot, and one VM serves all that ask the same kernel.

Without QEMU they are skipped with the reason, in a CI they fail: there somebody has forgotten to install it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from barewire.errors import BarewireError
from barewire.kernels import available
from barewire.kernels.image import Image
from barewire.testbeds.vm import boot
from barewire.testbeds.vm.testbed import VmTestbed

KERNELS = ("6.1", "6.12")


def why_no_vm() -> str:
    """Why no VM can be booted on this machine; empty when one can."""
    try:
        boot.board()
    except BarewireError as error:
        return str(error)
    lacking = [name for name in ("busybox", "modprobe") if not shutil.which(name)]
    return f"a VM needs {' and '.join(lacking)}; scripts/setup test installs them" if lacking else ""


@pytest.fixture(scope="session", autouse=True)
def here() -> None:
    """Skip, or in a CI fail, where no VM can be had."""
    if reason := why_no_vm():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no VM can be booted in this CI: {reason}")
        pytest.skip(f"no VM can be booted here: {reason}")


def image(version: str) -> Image:
    """A kernel of Debian's, fetched where it is not yet in the cache."""
    try:
        return available.find(version)
    except BarewireError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"Linux {version} cannot be had: {error}")


@pytest.fixture(scope="module", params=KERNELS)
def testbed(request: pytest.FixtureRequest) -> Iterator[VmTestbed]:
    """A place on each kernel in turn, by the counted clock: it boots alike on every machine, and tries no KVM."""
    with VmTestbed(image(request.param), "counted") as opened:
        yield opened
