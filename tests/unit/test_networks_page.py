"""Figures of docs/networks.md that follow from the plans alone are those of today's plans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.networks.setup import NODE_COUNTS, setup

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"


def tables(heading: str) -> Iterator[list[list[str]]]:
    """The rows of each table of a section, by their cells."""
    section = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    for found in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        yield [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()[2:]]


def counted(name: str) -> tuple[list[int], int]:
    """The objects on a node of labs of `NODE_COUNTS` nodes, and of each node more."""
    found = setup(catalogue.network(catalogue.parse(name)), Topology.uniform(2, 1))
    return [found.objects_per_node[str(nodes)] for nodes in NODE_COUNTS], int(found.growth_per_node or 0)


def test_the_state_of_a_node_is_that_of_every_preset() -> None:
    objects, times = tables("State on a node")
    written: dict[str, tuple[list[int], int]] = {}
    for names, *totals, growth in objects:
        for name in re.findall("`([^`]+)`", names):
            assert name not in written
            written[name] = [int(total) for total in totals], int(growth.split()[0])
    assert written == {name: counted(name) for name in written}
    assert {spec.name for spec in catalogue.presets()} - set(written) == set()
    for row in times:
        counts, each = counted(row[0].strip("`"))
        assert int(row[4]) == counts[-1] + (1000 - NODE_COUNTS[-1]) * each


def test_presets_have_their_parts_and_the_mtu_of_their_pods() -> None:
    """Written as `1450 (1430 over IPv6)`, or `with IPv6` where both versions together have that, too."""
    (rows,) = tables("Presets")
    written = {name.strip("`"): (parts.strip("`"), mtu) for name, parts, _, _, mtu in rows}
    assert list(written) and set(written) == {spec.name for spec in catalogue.presets()}
    for spec in catalogue.presets():
        network = catalogue.network(spec)
        parts, mtu = written[spec.name]
        assert parts == "+".join(
            str(part) for part in (spec.attach, spec.transport, spec.policy) if str(part) != "none"
        )
        found = [
            network.pod_mtu(Topology.uniform(2, 1, addresses=AddressPlan(families)))
            for families in ((4,), (6,), (4, 6))
            if set(families) <= network.families
        ]
        four, _, rest = mtu.partition(" (")
        six = int(rest.split()[0]) if rest else int(four)
        assert found == [int(four), six, six if "with" in rest else int(four)][: len(found)], spec.name
