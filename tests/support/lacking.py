"""What this machine's kernel lacks for a network, asked once for all presets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from barewire.kernel.features import Feature
from barewire.lab.lab import missing
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.testbeds.local import LocalTestbed

FAMILIES = (4, 6)


@cache
def _by_presets() -> frozenset[str]:
    return frozenset[str]().union(*(catalogue.network(spec).needs(FAMILIES) for spec in catalogue.presets()))


@cache
def _probed(names: frozenset[str]) -> dict[str, Feature]:
    with LocalTestbed().open() as nodes:
        return nodes.probe(names)


def skip_if_lacking(network: Network, families: Sequence[int] = FAMILIES) -> None:
    """Skip the test of a network that cannot be built here, with the reason."""
    needed = frozenset(network.needs(families))
    lacking = missing(network, _probed(_by_presets() if needed <= _by_presets() else needed), families)
    if lacking:
        pytest.skip(lacking.reason)
