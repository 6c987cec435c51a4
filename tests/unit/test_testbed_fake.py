"""The testbed `fake` keeps every promise of testbeds (tests/support/contract.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from barewire import testbeds
from barewire.study.design.plan_file import load_plan
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.fake import FakeTestbed
from barewire.testbeds.testbed import LabNodes
from tests.support.contract import FILES, NAMESPACES, PROMISES


@pytest.fixture
def nodes() -> Iterator[LabNodes]:
    with FakeTestbed().open() as opened:
        opened.apply(NAMESPACES)
        yield opened


@pytest.mark.parametrize("promise", PROMISES)
def test_the_testbed_keeps(promise: str, nodes: LabNodes) -> None:
    PROMISES[promise](nodes)


def test_every_testbed_is_held_to_the_promises() -> None:
    folders = {path.parent.name for path in Path(testbeds.__file__).parent.glob("*/testbed.py")}
    assert folders == set(FILES)
    for file in FILES.values():
        assert '@pytest.mark.parametrize("promise", PROMISES)' in (Path(__file__).parents[1] / file).read_text()


def test_a_network_whose_feature_lacks_is_left_out_of_a_study() -> None:
    plan = load_plan(None, {"networks": "host,flannel/vxlan", "seed": 1})
    found = LabSource(plan, FakeTestbed(lacking=["link:vxlan"])).survey()
    assert {one.name: not one.measured for one in found} == {"host": False, "flannel/vxlan": True}
