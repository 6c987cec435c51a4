"""Which encapsulations there are, found by their files and by the entry point group `barewire.encapsulation`.

The proof tries all of them on every packet that it captured: a tunnel that should not be there, or another one than the
network's, is then reported by its name.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from barewire.errors import NetworkError
from barewire.model.expectation import Encapsulation
from barewire.networks import encapsulation

GROUP = "barewire.encapsulation"


@cache
def encapsulations() -> tuple[type[Encapsulation], ...]:
    """All encapsulations in the order of their names; those of other packages last."""
    found: list[type[Encapsulation]] = []
    for module in pkgutil.iter_modules(encapsulation.__path__, f"{encapsulation.__name__}."):
        loaded = importlib.import_module(module.name)
        for _, item in inspect.getmembers(loaded, inspect.isclass):
            if item.__module__ == module.name and hasattr(item, "header_bytes"):
                kind: Any = item
                found.append(kind)
    for entry in entry_points(group=GROUP):
        try:
            found.append(entry.load())
        except Exception as error:
            raise NetworkError(
                f"cannot load the encapsulation {entry.name}",
                where=f"entry point {entry.value} of {GROUP}",
                said=f"{type(error).__name__}: {error}",
                remedy="Repair or remove the package that brings it",
            ) from error
    return tuple(found)


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
