"""What nodes and routers hold in each network of a run, and what a join takes, as formulas in N, the number of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barewire.records.coordination import GrowthRecord
from barewire.render.run.data import ReportData
from barewire.results import words

TITLE = "As a network grows to N nodes of one segment"
NOTE = "Counted in the planned kernel objects; informed are the nodes and routers that a coordinator must reach."
HEAD = ("network", "a node holds", "a router holds", "informed of a join", "writes for a join")

JOIN_FIGURES = _INFORMED, _WRITES = "nodes and routers informed of a join", "writes for a join"


@dataclass(frozen=True, slots=True)
class GrowthRow:
    """A network, and a formula for each column of `HEAD` after the first."""

    network: str
    node: str
    router: str
    informed: str
    writes: str

    @property
    def cells(self) -> Sequence[str]:
        """The row's texts in the order of `HEAD`."""
        return (self.network, self.node, self.router, self.informed, self.writes)


def rows(data: ReportData) -> list[GrowthRow]:
    """The networks of which anything grows."""
    found = []
    for network in data.networks:
        growth = {one.figure: one for one in (network.setup.growth or ())} if network.setup else {}
        if any("N" in one.formula for one in growth.values()):
            informed, writes = (_formula(growth[name]) if name in growth else "0" for name in (_INFORMED, _WRITES))
            found.append(GrowthRow(network.name, _held(growth, "node"), _held(growth, "router"), informed, writes))
    return found


def _held(growth: dict[str, GrowthRecord], kind: str) -> str:
    """What every node or router holds, and what some nodes hold that have another part to play."""
    held: dict[str, list[str]] = {}
    for figure, one in growth.items():
        thing, _, holder = figure.partition(" per ")
        if kind in holder and one.formula != "0":
            held.setdefault(holder, []).append(f"{_formula(one)} {thing}")
    parts = [
        ", ".join(things) if holder == kind else f"{', '.join(things)} on the {holder}"
        for holder, things in sorted(held.items(), key=lambda item: item[0] != kind)
    ]
    return "; ".join(parts) or words.NOTHING


def _formula(one: GrowthRecord) -> str:
    if one.formula:
        return one.formula
    nodes, value = max((int(n), value) for n, value in one.points.items())
    return f"{value:g} at N = {nodes}:"
