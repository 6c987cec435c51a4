"""Figures of how networks grow with the cluster: objects on each node, who is informed of a join, and what is written then."""

from __future__ import annotations

from barewire.render.coordination.page import growing_figure
from barewire.render.run import growth
from barewire.render.run.data import ReportData
from barewire.render.run.page.figures import index_of
from barewire.render.svg import scales
from barewire.render.svg.figure import Figure
from barewire.render.svg.lines import Line, Lines


def objects(data: ReportData) -> list[Figure]:
    """Kernel objects on each node as nodes are added; no figure without numbers."""
    index = index_of(data)
    lines: list[Line] = []
    for network in data.networks:
        per_node = network.setup.objects_per_node if network.setup else {}
        points = sorted((float(nodes), float(number)) for nodes, number in per_node.items() if nodes.isdecimal())
        if len(points) >= 2:
            said = [f"{x:g} nodes: {y:g} objects on each" for x, y in points]
            lines.append(
                Line(network.name, index.get(network.name), points, "; ".join([network.name, *said]), marks=True)
            )
    if not lines:
        return []
    nodes = sorted({x for one in lines for x, _ in one.points})
    most = max(y for one in lines for _, y in one.points)
    x = scales.Scale("nodes in the cluster", 0.0, nodes[-1] * 1.02, [(n, f"{n:g}") for n in nodes])
    plot = Lines(x, scales.numbers(most, "kernel objects on each node"), lines, 350)
    alt = "Kernel objects on each node against the number of nodes; the table of setup cost has the numbers."
    rows = [(one.name, x, y) for one in lines for x, y in one.points]
    title = "Kernel objects on each node as the cluster grows"
    return [Figure("growth", title, alt, plot, ("network", "nodes", "objects_per_node"), rows, wide=True)]


def joins(data: ReportData) -> list[Figure]:
    """Who must be informed when a node joins, and what is written then, over the number of nodes."""
    index, found = index_of(data), []
    for number, figure in enumerate(growth.JOIN_FIGURES):
        lines = [
            (index.get(network.name), network.name, one)
            for network in data.networks
            for one in (network.setup.growth or () if network.setup else ())
            if one.figure == figure
        ]
        if any(len(set(one.points.values())) > 1 for _, _, one in lines):
            found.append(growing_figure(f"grown-{number}", figure, lines))
    return found
