"""Presets held to the systems that they are named after: what the kernel holds in a lab, and what it held when the real one ran.

`real/*.json` are descriptions of real systems in two namespaces of this project's addresses: `system`, `network` (the preset),
`node`, `pod`, and `explained`: every difference that remains, with the row of docs/networks.md that names it. A difference that
is not explained fails, and so does an explanation of one that is gone. Those whose links this machine's kernel lacks are compared
in a VM (tests/vm/test_real_systems.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barewire.lab.lab import Lab, built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from tests.support.lacking import skip_if_lacking
from tests.support.real import SYSTEMS, unexplained

PAGE = (Path(__file__).parents[2] / "docs/networks.md").read_text(encoding="utf-8")


@pytest.fixture(params=SYSTEMS)
def real(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SYSTEMS[request.param]


@pytest.fixture
def lab(real: dict[str, Any]) -> Iterator[Lab]:
    network = catalogue.network(catalogue.parse(real["network"]))
    skip_if_lacking(network, (4,))
    with built(network, Topology.uniform(2, 1), LocalTestbed()) as lab:
        yield lab


@pytest.mark.kernel
def test_a_preset_differs_from_the_real_system_as_explained(real: dict[str, Any], lab: Lab) -> None:
    found, explained = unexplained(real, lab)
    assert found == explained


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_explained_difference_is_a_row_of_the_page(name: str) -> None:
    rows = {line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| ")}
    assert SYSTEMS[name]["system"] in PAGE
    assert set(SYSTEMS[name]["explained"].values()) <= rows
