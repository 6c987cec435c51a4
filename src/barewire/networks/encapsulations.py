"""Which encapsulations there are, found by their files and by the entry point group `barewire.encapsulation`.

The proof tries all of them on every packet that it captured: a tunnel that should not be there, or another one than the
network's, is then reported by its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from barewire.errors import NetworkError
from barewire.model.expectation import Encapsulation
from barewire.networks import discovery, encapsulation

GROUP = "barewire.encapsulation"


@cache
def encapsulations() -> tuple[type[Encapsulation], ...]:
    """All encapsulations in the order of their names; those of other packages last."""
    own = discovery.classes(encapsulation, lambda item: hasattr(item, "header_bytes"))
    others = (discovery.load(entry, "encapsulation") for entry in discovery.installed(GROUP))
    return (*own, *others)


def outer_family(found: Encapsulation, families: Iterable[int]) -> int:
    """The family of the outer addresses in a lab with `families`: the first that the encapsulation can have.

    NetworkError when it can have none of them.
    """
    wanted = tuple(families)
    for family in wanted:
        if family in found.families:
            return family
    raise NetworkError(
        f"{found.name} has no outer addresses of IPv{' or IPv'.join(map(str, wanted))}",
        remedy=f"Give the nodes addresses of IPv{' or IPv'.join(map(str, sorted(found.families)))}",
    )
