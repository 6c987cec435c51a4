"""What a report format is, and how formats are found: by walking `writers/`. The file is the registration."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType

from barewire.report import writers
from barewire.report.data import ReportData


@dataclass(frozen=True, slots=True)
class Format:
    """`name` as people ask for it, the `file_name` it has in a run directory, one line that `describes` it."""

    name: str
    file_name: str
    describes: str
    render: Callable[[ReportData], str | bytes]


@cache
def formats() -> Mapping[str, Format]:
    """Every format by name, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(writers.__path__))
    found = [import_module(f"{writers.__name__}.{name}").FORMAT for name in names]
    return MappingProxyType({one.name: one for one in found})
