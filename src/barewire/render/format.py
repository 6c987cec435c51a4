"""What a report format is, and how formats are found: by walking `writers/`. The file is the registration.

A module's name is its format's, with hyphens for underscores; so names can be listed without importing any, and one format
is used without the libraries of the others.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType

from barewire.errors import UsageError
from barewire.render import formats as writers
from barewire.render.run.data import ReportData

Rendered = str | bytes | Mapping[str, str | bytes]
"""A file's text or bytes; or several files by their names, for a directory."""


@dataclass(frozen=True, slots=True)
class Format:
    """`name` as people ask for it, the `file_name` it has in a run directory, one line that `describes` it.

    A `file_name` that ends in a slash is a directory: then `render` gives several files.
    """

    name: str
    file_name: str
    describes: str
    render: Callable[[ReportData], Rendered]

    @property
    def is_directory(self) -> bool:
        """Whether it is several files."""
        return self.file_name.endswith("/")


def names() -> tuple[str, ...]:
    """The name of every format, in alphabetical order."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(writers.__path__)))


@cache
def find(name: str) -> Format:
    """A format by its name; raises `UsageError` with all names if there is none."""
    if name not in names():
        raise UsageError(f"there is no report format {name!r}", remedy=f"Formats: {', '.join(names())}")
    found: Format = import_module(f"{writers.__name__}.{name.replace('-', '_')}").FORMAT
    return found


def formats() -> Mapping[str, Format]:
    """Every format by name, in alphabetical order."""
    return MappingProxyType({name: find(name) for name in names()})
