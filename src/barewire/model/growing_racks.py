"""The topology of a network that grows: `racks=40,spines=4`, or the shape of a file with more nodes in each rack."""

from __future__ import annotations

from dataclasses import dataclass

from barewire.errors import BarewireError, PlanError, UsageError
from barewire.model.racks import ACROSS, BOTH, MOST_IN_RACK, Racks
from barewire.model.racks_outline import summary
from barewire.model.topology_text import is_document, kept_text, parse_topology

SIZES = (2, 10, 50, 200, 1000, 10_000)
"""Numbers of nodes that are counted unless others are given."""

_TIMES = (1, 2, 5, 20, 50, 200)
"""Likewise for a file: each of its racks has so many times its nodes."""


@dataclass(frozen=True, slots=True)
class GrowingRacks:
    """Racks for any number of nodes. `text` is the topology as a document keeps it, empty for one segment; `pair` the measured
    one; `shape` that of a file, which grows by multiples of its nodes, else `racks` and `spines` hold."""

    text: str = ""
    pair: str = ACROSS
    shape: Racks | None = None
    racks: int = 0
    spines: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of nodes to count by default; of a file those that fit into its racks."""
        if not self.shape:
            return SIZES
        return tuple(n * self.shape.nodes for n in _TIMES if n * max(self.shape.sizes) <= MOST_IN_RACK)

    def racks_for(self, nodes: int) -> Racks | None:
        """The racks of so many nodes; None on one segment. UsageError for a number that does not fit."""
        if self.shape:
            return _multiple(self.shape, nodes)
        if not self.racks:
            return None
        if nodes % self.racks:
            raise UsageError(
                f"{nodes} nodes cannot be spread over {self.racks} racks evenly",
                remedy=f"Write a multiple of {self.racks}",
            )
        try:
            return Racks.uniform(self.racks, nodes // self.racks, self.spines)
        except BarewireError as error:
            raise UsageError(
                f"--topology {self.text} does not fit {nodes} nodes", said=str(error).rstrip("."),
                remedy="Write more racks, or smaller --nodes",
            ) from error  # fmt: skip


def parse_growing(text: str) -> GrowingRacks:
    """`--topology` of `networks cost`: racks and spines, or the name of a file or what it said. UsageError for anything else."""
    text = text.strip()
    if not text:
        return GrowingRacks()
    if is_document(text):
        shape, pair = parse_topology(text)
        if pair == BOTH:
            raise PlanError("a lab has one measured pair", remedy="Write another pair than both into the file")
        return GrowingRacks(kept_text(text), pair, shape)
    numbers = {"racks": 2, "spines": 0}
    for part in filter(None, (word.strip() for word in text.split(","))):
        key, _, value = part.partition("=")
        if key not in numbers or not (value.isascii() and value.isdecimal() and len(value) < 6):
            raise UsageError(
                f"--topology cannot have {part!r}",
                remedy="Write racks=2,spines=2, or name a file like ./topology.toml; --nodes has the numbers of nodes",
            )
        numbers[key] = int(value)
    if numbers["racks"] == 0:
        raise UsageError("--topology cannot have no rack", remedy="Write racks=2, or leave --topology out")
    return GrowingRacks(text, racks=numbers["racks"], spines=numbers["spines"])


def summarize(text: str) -> str:
    """A topology that a document keeps, as a title shows it."""
    if not is_document(text):
        return text
    racks, _ = parse_topology(text)
    return f"{summary(racks)} or a multiple" if racks else text


def _multiple(shape: Racks, nodes: int) -> Racks:
    times, rest = divmod(nodes, shape.nodes)
    if rest or not times:
        raise UsageError(
            f"{nodes} nodes cannot be spread over the racks of the topology, which has {shape.nodes}",
            remedy=f"Write multiples of {shape.nodes}",
        )
    if times * max(shape.sizes) > MOST_IN_RACK:
        raise UsageError(
            f"{nodes} nodes do not fit into the racks of the topology", said=f"a rack has at most {MOST_IN_RACK}",
            remedy=f"Write at most {MOST_IN_RACK // max(shape.sizes) * shape.nodes}, or more racks",
        )  # fmt: skip
    return shape.scaled(times)
