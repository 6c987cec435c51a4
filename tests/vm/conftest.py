"""Fixtures of the tests in VMs. Without QEMU they are skipped with the reason; in a CI they fail, where QEMU was forgotten.

A boot takes some 15 s of CPU time, so the files of `SHARE_A_VM` (tests/support/vm.py) use one VM of the newer kernel, one after
the other in the same process. It is ended with the last of their tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.vm import KERNELS, SHARE_A_VM, SHARED_KERNEL, image, why_no_vm

_opened = ExitStack()
_shared: list[VmTestbed] = []


@pytest.fixture(scope="session", autouse=True)
def here() -> None:
    """Skip, or in a CI fail, where no VM can be booted."""
    if reason := why_no_vm():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no VM can be booted in this CI: {reason}")
        pytest.skip(f"no VM can be booted here: {reason}")


def shared_vm() -> VmTestbed:
    """The VM of `SHARE_A_VM`, booted by the first who asks for it."""
    if not _shared:
        _shared.append(_opened.enter_context(VmTestbed(image(SHARED_KERNEL), "counted")))
    return _shared[0]


def _shares(item: pytest.Item) -> bool:
    return item.path.parent == Path(__file__).parent and item.path.name in SHARE_A_VM


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    # Before the end of the session looks for processes that are left. Other tiers have files of these names, too.
    if _shared and (nextitem is None or not _shares(nextitem)):
        _shared.clear()
        _opened.close()


@pytest.fixture(scope="module")
def vm(request: pytest.FixtureRequest) -> VmTestbed:
    """One VM of the newer kernel for all files of `SHARE_A_VM`."""
    assert request.path.name in SHARE_A_VM
    return shared_vm()


@pytest.fixture(scope="module", params=KERNELS)
def testbed(request: pytest.FixtureRequest) -> Iterator[VmTestbed]:
    """A testbed on each kernel in turn, by the counted clock: it boots alike on every machine, and tries no KVM."""
    if request.param == SHARED_KERNEL and request.path.name in SHARE_A_VM:
        yield shared_vm()
        return
    with VmTestbed(image(request.param), "counted") as opened:
        yield opened
