"""Every network as the commands that a person would type: a change of its objects is a change in a file that one can read.

`BAREWIRE_UPDATE_GOLDEN=1 pytest tests/unit/test_networks_golden.py` writes the files anew; read the difference before
it is committed. That the commands build what they say is shown in tests/kernel/test_commands.py.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from barewire.model.addresses import AddressPlan
from barewire.model.commands import script
from barewire.model.network import Topology
from barewire.networks import catalogue

GOLDEN = Path(__file__).parent / "golden" / "networks"
FAMILIES = {"4": (4,), "6": (6,), "46": (4, 6)}
SIZES = ((2, 1), (3, 2))
IN_NO_PRESET = set(catalogue.parts("transport")) - {spec.transport.name for spec in catalogue.presets()}
NAMES = [
    *(spec.name for spec in catalogue.presets()),
    *(f"ptp+{transport}" for transport in sorted(IN_NO_PRESET)),
]
NETWORKS = {name: catalogue.network(catalogue.parse(name)) for name in NAMES}
CASES = [(name, key) for name in NAMES for key, families in FAMILIES.items() if NETWORKS[name].families >= {*families}]


def file_of(name: str, families: str, nodes: int, pods: int) -> Path:
    return GOLDEN / name.replace("/", "-").replace(":", "-") / f"ipv{families}-{nodes}-nodes-{pods}-pods.sh"


@pytest.mark.parametrize(("nodes", "pods"), SIZES)
@pytest.mark.parametrize(("name", "families"), CASES)
def test_a_plan_is_the_one_that_was_read_and_agreed_to(name: str, families: str, nodes: int, pods: int) -> None:
    topology = Topology.uniform(nodes, pods, addresses=AddressPlan(FAMILIES[families]))
    said = script(NETWORKS[name].desired_state(topology))
    golden = file_of(name, families, nodes, pods)
    if os.environ.get("BAREWIRE_UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(said)
    assert golden.read_text() == said


def test_no_golden_file_is_of_a_network_that_is_gone() -> None:
    expected = {file_of(name, families, *size) for name, families in CASES for size in SIZES}
    assert set(GOLDEN.rglob("*.sh")) == expected
