"""`--topology racks=2,nodes=2,spines=0,pair=across`: racks as written, for plans, reports and `lab up`.

`pair=both` is two topologies, conditions of one study: the same racks with the measured pair within one and across two.
"""

from __future__ import annotations

from barewire.errors import PlanError
from barewire.model.fabric import Racks

_NUMBERS = ("racks", "nodes", "spines")
WITHIN, ACROSS, BOTH = "within", "across", "both"
_PAIRS = {ACROSS: True, WITHIN: False}


def parse_topology(text: str) -> tuple[Racks | None, bool]:
    """The racks, None for empty text, and whether the measured pair is of two racks, as it is for one of `both` pairs. PlanError
    for anything else."""
    if not text.strip():
        return None, True
    numbers, across, both = {"racks": 2, "nodes": 2, "spines": 0}, True, False
    for part in text.split(","):
        key, _, value = (word.strip() for word in part.partition("="))
        if key in _NUMBERS and value.isascii() and value.isdecimal() and len(value) < 6:
            numbers[key] = int(value)
        elif key == "pair" and value in _PAIRS:
            across = _PAIRS[value]
        elif key == "pair" and value == BOTH:
            across, both = True, True
        else:
            raise PlanError(
                f"{part.strip()!r} is not a part of a topology",
                remedy="Write racks=2,nodes=2,spines=0,pair=across; pair may be within, for two nodes of one rack, or both",
            )
    if (both or not across) and numbers["nodes"] < 2:
        raise PlanError(
            f"pair={BOTH if both else WITHIN} takes two nodes in a rack", remedy="Write nodes=2 or more, or pair=across"
        )
    if numbers["racks"] * numbers["nodes"] > 1000:
        raise PlanError(f"{numbers['racks'] * numbers['nodes']} nodes are too many", remedy="1000 are possible")
    return Racks(**numbers), across


def topologies(text: str) -> dict[str, str]:
    """The topologies of a valid text by the name of their pair: two for `pair=both`, else the text itself under its pair's name
    (of one segment: empty)."""
    parts = [part.strip() for part in text.split(",")]
    if f"pair={BOTH}" in (part.replace(" ", "") for part in parts):
        rest = [part for part in parts if part.partition("=")[0].strip() != "pair"]
        return {name: ",".join([*rest, f"pair={name}"]) for name in (WITHIN, ACROSS)}
    racks, across = parse_topology(text)
    return {(ACROSS if across else WITHIN) if racks else "": text}
