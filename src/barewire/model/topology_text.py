"""`--topology racks=2,nodes=2,spines=0,pair=across` or a file's: racks as written, for plans, reports and `lab up`.

`pair=both` is two topologies, conditions of one study: the same racks with the measured pair within one and across two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from barewire.errors import PlanError
from barewire.model.racks import ACROSS, BOTH, CLUSTERS, MOST_NODES, WITHIN, ZONES, Racks

if TYPE_CHECKING:
    from barewire.model.topology_file import TopologyTable

_NUMBERS = ("racks", "nodes", "spines")
_PAIRS = (WITHIN, ACROSS, BOTH)
_LACKING = {
    WITHIN: ("takes two nodes in a rack", "Write nodes=2 or more, or pair=across"),
    ZONES: ("takes two zones in the first cluster", "Write another zone, or another pair"),
    CLUSTERS: ("takes two clusters", "Write another cluster, or another pair"),
}


def is_document(text: str) -> bool:
    """Whether a topology is that of a file: the file's name, or what it said."""
    return text.strip().endswith(".toml") or text.lstrip().startswith("{")


def parse_topology(text: str) -> tuple[Racks | None, str]:
    """The racks, None for empty text, and the name of the measured pair. PlanError for anything else."""
    if not text.strip():
        return None, ACROSS
    if is_document(text):
        table = _read(text)
        racks, pair = table.racks(), str(table.pair)
    else:
        racks, pair = _parse_words(text)
    for one in (WITHIN, ACROSS) if pair == BOTH else (pair,):
        if racks.other(one) is None:
            said, remedy = _LACKING[one]
            raise PlanError(f"pair={pair} {said}", remedy=remedy)
    if racks.nodes > MOST_NODES:
        raise PlanError(f"{racks.nodes} nodes are too many", remedy=f"{MOST_NODES} are possible")
    return racks, pair


def _parse_words(text: str) -> tuple[Racks, str]:
    numbers, pair = {"racks": 2, "nodes": 2, "spines": 0}, ACROSS
    seen: set[str] = set()
    for part in text.split(","):
        key, _, value = (word.strip() for word in part.partition("="))
        if key in seen:
            raise PlanError(f"{key!r} is listed twice", remedy="Write it once")
        seen.add(key)
        if key in _NUMBERS and value.isascii() and value.isdecimal() and len(value) < 6:
            numbers[key] = int(value)
        elif key == "pair" and value in _PAIRS:
            pair = value
        else:
            raise PlanError(
                f"{part.strip()!r} is not a part of a topology",
                remedy="Write racks=2,nodes=2,spines=0,pair=across; pair may be within, for two nodes of one rack, or both; "
                "or name a file like ./topology.toml",
            )
    return Racks.uniform(**numbers), pair


def kept_text(text: str) -> str:
    """A valid topology as a plan keeps it: a file's content instead of its name."""
    return _read(text).text() if is_document(text) else text


def topologies(text: str) -> dict[str, str]:
    """The topologies of a valid text by the name of their pair: two for `pair=both`, else the text itself under its pair's name
    (of one segment: empty)."""
    racks, pair = parse_topology(text)
    if not racks:
        return {"": text}
    if pair != BOTH:
        return {pair: text}
    if is_document(text):
        table = _read(text)
        return {name: table.model_copy(update={"pair": name}).text() for name in (WITHIN, ACROSS)}
    rest = [part.strip() for part in text.split(",") if part.partition("=")[0].strip() != "pair"]
    return {name: ",".join([*rest, f"pair={name}"]) for name in (WITHIN, ACROSS)}


def _read(text: str) -> TopologyTable:
    from barewire.model import topology_file  # with pydantic, which is larger than all that a lab on one segment needs

    return topology_file.read(text)
