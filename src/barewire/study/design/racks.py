"""`--topology racks=2,nodes=2,spines=0,pair=across`: racks as written, for plans and for `lab up`."""

from __future__ import annotations

from barewire.errors import PlanError
from barewire.model.fabric import Racks

_NUMBERS = ("racks", "nodes", "spines")
_PAIRS = {"across": True, "within": False}


def parse_topology(text: str) -> tuple[Racks | None, bool]:
    """The racks, None for empty text, and whether the measured pair is of two racks. PlanError for anything else."""
    if not text.strip():
        return None, True
    numbers, across = {"racks": 2, "nodes": 2, "spines": 0}, True
    for part in text.split(","):
        key, _, value = (word.strip() for word in part.partition("="))
        if key in _NUMBERS and value.isascii() and value.isdecimal() and len(value) < 6:
            numbers[key] = int(value)
        elif key == "pair" and value in _PAIRS:
            across = _PAIRS[value]
        else:
            raise PlanError(
                f"{part.strip()!r} is not a part of a topology",
                remedy="Write racks=2,nodes=2,spines=0,pair=across; pair may be within, for two nodes of one rack",
            )
    if not across and numbers["nodes"] < 2:
        raise PlanError("pair=within takes two nodes in a rack", remedy="Write nodes=2 or more, or pair=across")
    if numbers["racks"] * numbers["nodes"] > 1000:
        raise PlanError(f"{numbers['racks'] * numbers['nodes']} nodes are too many", remedy="1000 are possible")
    return Racks(**numbers), across
