"""Find parts and encapsulations in the modules of this package and of other packages; the file is the registration."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

from barewire.errors import NetworkError


def classes(package: ModuleType, wanted: Callable[[type[Any]], bool]) -> Iterator[type[Any]]:
    """The classes that the modules of `package` define and that are `wanted`, module by module."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        loaded = importlib.import_module(module.name)
        for _, item in inspect.getmembers(loaded, inspect.isclass):
            if item.__module__ == module.name and wanted(item):
                yield item


def installed(group: str) -> Iterable[EntryPoint]:
    """The entry points of a group, of all installed packages."""
    found: Iterable[EntryPoint] = every_entry_point().select(group=group)
    return found


@cache
def every_entry_point() -> Any:
    """Those of all groups: to read them takes some milliseconds, and five groups are asked for."""
    return entry_points()


def load(entry: EntryPoint, what: str) -> Any:
    """Load the object that a third party's entry point names. NetworkError that names the package for any exception of its
    module."""
    try:
        return entry.load()
    except Exception as error:
        raise NetworkError(
            f"cannot load the {what} {entry.name}",
            where=f"entry point {entry.value} of {entry.group}",
            said=f"{type(error).__name__}: {error}",
            remedy="Repair or remove the package that provides it",
        ) from error
