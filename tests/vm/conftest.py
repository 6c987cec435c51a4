"""Fixtures of the tests in VMs. Without QEMU they are skipped with the reason; in a CI they fail, where QEMU was forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.vm import KERNELS, image, why_no_vm


@pytest.fixture(scope="session", autouse=True)
def here() -> None:
    """Skip, or in a CI fail, where no VM can be booted."""
    if reason := why_no_vm():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no VM can be booted in this CI: {reason}")
        pytest.skip(f"no VM can be booted here: {reason}")


@pytest.fixture(scope="module", params=KERNELS)
def testbed(request: pytest.FixtureRequest) -> Iterator[VmTestbed]:
    """A testbed on each kernel in turn, by the counted clock: it boots alike on every machine, and tries no KVM."""
    with VmTestbed(image(request.param), "counted") as opened:
        yield opened
