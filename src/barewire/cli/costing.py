"""What `barewire networks cost` does: networks are counted, labs measured, and the document is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from barewire import render
from barewire.errors import UsageError
from barewire.model.growing_racks import parse_growing
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.render.terminal import new_console
from barewire.results.coordination import document
from barewire.testbeds.local import LocalTestbed

MOST_COUNTED, MOST_MEASURED = 16_000, 500
_MOST_PATIENCE = 600


def show_cost(
    networks: Sequence[str], nodes: str, measure: str, topology: str, patience: float, format: str, out: Path | None
) -> None:
    """Print the document in a format, or write it into `out`."""
    chosen = render.COST.find(format)
    racks = parse_growing(topology)
    sizes = _sizes("--nodes", nodes, MOST_COUNTED) if nodes else list(racks.sizes)
    measured = _sizes("--measure", measure, MOST_MEASURED)
    if not 1 <= patience <= _MOST_PATIENCE:
        raise UsageError(f"--patience cannot be {patience:g}", remedy=f"Write 1 to {_MOST_PATIENCE} seconds")
    for size in (*sizes, *measured):
        racks.racks_for(size)
    made = [*_made(networks)]
    if any(one.program for one in made):
        raise UsageError(
            "a network that a program builds cannot be counted", remedy="Leave cni: and exec: networks out"
        )
    if out is not None:
        render.prepare(out)
    with new_console(stderr=True).status("counting") as status:
        found = document(made, sizes, measured, LocalTestbed(), racks, patience, status.update)
    render.emit(chosen, found, out)


def _made(names: Sequence[str]) -> Iterator[Network]:
    """The networks of that name, or the first preset of each transport whose nodes hold something for each other."""
    if names:
        yield from (catalogue.network(catalogue.parse(name)) for name in dict.fromkeys(names))
        return
    seen = set()
    for spec in catalogue.presets():
        network = catalogue.network(spec)
        if str(spec.transport) not in seen and (network.transport.per_peer or network.transport.wants_switch):
            seen.add(str(spec.transport))
            yield network


def _sizes(option: str, text: str, most: int) -> list[int]:
    """Numbers of nodes in ascending order."""
    found = set()
    for part in filter(None, (word.strip() for word in text.split(","))):
        if not (part.isascii() and part.isdecimal() and 2 <= int(part) <= most):
            raise UsageError(f"{option} cannot be {part!r}", remedy=f"Write numbers from 2 to {most}, like 2,10,50")
        found.add(int(part))
    return sorted(found)
