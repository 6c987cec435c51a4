"""The testbed `vm` keeps every promise of testbeds (tests/support/contract.py), one VM for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from barewire.testbeds.testbed import LabNodes
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.contract import NAMESPACES, PROMISES
from tests.support.vm import image


@pytest.fixture(scope="module")
def machine() -> Iterator[VmTestbed]:
    with VmTestbed(image("6.12"), "counted") as opened:
        yield opened


@pytest.fixture
def nodes(machine: VmTestbed) -> Iterator[LabNodes]:
    with machine.open() as opened:
        opened.apply(NAMESPACES)
        yield opened


@pytest.mark.parametrize("promise", PROMISES)
def test_the_testbed_keeps(promise: str, nodes: LabNodes) -> None:
    PROMISES[promise](nodes)
