"""The growing curves of docs/coordination.md, made again from what `barewire networks cost` measured.

    barewire networks cost NETWORK ... --measure 2,10,50,200 --format json --out cost.json
    scripts/bench coordination_curves cost.json

The document is copied to tests/unit/readme/coordination.json, and the pictures in docs/ come from the copy alone, so without a
document they are made again after a change of how they are drawn. tests/unit/test_coordination.py fails if they differ.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import TypeAdapter

from barewire.records.coordination import CostDocument, GrowthRecord
from barewire.render.coordination.page import growing_figure

ROOT = Path(__file__).parents[1]
COPY = ROOT / "tests" / "unit" / "readme" / "coordination.json"
FIGURES = {
    "coordination-writes.svg": (
        "writes for a join",
        "What a coordinator writes when a node joins",
        "Objects on all nodes and routers together, counted in their desired state.",
    ),
    "coordination-join.svg": (
        "time after a join",
        "Time until all nodes have followed when a node joins",
        "Measured in labs, one run each; without a daemon barewire's engine stands for the agents of all nodes.",
    ),
}
"""By file: the figure, its title, and what it is."""


def load() -> CostDocument:
    """The copy."""
    return TypeAdapter(CostDocument).validate_json(COPY.read_bytes())


def pictures(document: CostDocument) -> dict[str, str]:
    """Each picture by its file in docs/."""
    return {file: _picture(document, *about) for file, about in FIGURES.items()}


def _picture(document: CostDocument, figure: str, title: str, about: str) -> str:
    found: list[tuple[int | None, str, GrowthRecord]] = [
        (index, network.network, one)
        for index, network in enumerate(document.networks)
        for one in network.growth
        if one.figure == figure
    ]
    formulas = [f"{name}: {one.formula}" for _, name, one in found if one.formula]
    return growing_figure("grows", figure, found).standalone(title, [about], formulas)


def main() -> None:
    """Copy and draw."""
    for name in sys.argv[1:]:
        COPY.write_text(Path(name).read_text(encoding="utf-8"), encoding="utf-8")
    for file, text in pictures(load()).items():
        (ROOT / "docs" / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
