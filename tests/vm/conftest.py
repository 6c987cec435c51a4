"""Fixtures of the tests in VMs. Without QEMU they are skipped with the reason; in a CI they fail, where QEMU was forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from barewire.testbeds.vm.testbed import VmTestbed
from tests.support import shared_vms
from tests.support.vm import KERNELS, SHARE_A_VM, SHARED_KERNEL, image, why_no_vm


@pytest.fixture(scope="session", autouse=True)
def here() -> None:
    """Skip, or in a CI fail, where no VM can be booted."""
    if reason := why_no_vm():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no VM can be booted in this CI: {reason}")
        pytest.skip(f"no VM can be booted here: {reason}")


def _files_of_one_vm(item: pytest.Item) -> tuple[str, ...]:
    # Other tiers have files of these names, too.
    return shared_vms.files_of_one_vm(item.path.name) if item.path.parent == Path(__file__).parent else ()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    # Before the end of the session looks for processes that are left.
    mine = _files_of_one_vm(item)
    if mine and (nextitem is None or _files_of_one_vm(nextitem) != mine):
        shared_vms.end()


@pytest.fixture(scope="module")
def vm(request: pytest.FixtureRequest) -> VmTestbed:
    """One VM of the newer kernel for all files of `SHARE_A_VM`."""
    assert request.path.name in SHARE_A_VM
    return shared_vms.shared_vm()


@pytest.fixture(scope="module", params=KERNELS)
def testbed(request: pytest.FixtureRequest) -> Iterator[VmTestbed]:
    """A testbed on each kernel in turn, by the counted clock: it boots alike on every machine, and tries no KVM."""
    if request.param == SHARED_KERNEL and request.path.name in SHARE_A_VM:
        yield shared_vms.shared_vm()
        return
    with VmTestbed(image(request.param), "counted") as opened:
        yield opened
