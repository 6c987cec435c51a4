"""A testbed without a network, for tests of the layers above testbeds."""

from __future__ import annotations

from barewire.testbeds.fake.testbed import FakeNode, FakeNodes, FakeTestbed

__all__ = ["FakeNode", "FakeNodes", "FakeTestbed"]
