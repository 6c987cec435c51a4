"""The testbed `local` keeps every promise of testbeds (tests/support/contract.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import LabNodes
from tests.support.contract import NAMESPACES, PROMISES


@pytest.fixture
def nodes() -> Iterator[LabNodes]:
    with LocalTestbed().open() as opened:
        opened.apply(NAMESPACES)
        yield opened


@pytest.mark.parametrize("promise", PROMISES)
def test_the_testbed_keeps(promise: str, nodes: LabNodes) -> None:
    PROMISES[promise](nodes)
