"""What a document is, which formats it has, and how they are found: by walking its `formats/`. The file is the registration.

    run           one run directory, also of a study that goes on
    study         a study over conditions
    comparison    runs against runs, with gates
    history       many runs in time order
    explanation   where instructions go inside the kernel
    prefixes      the plan of a topology of prefixes
    coordination  what networks hold and change as they grow

A module's name is its format's, with hyphens for underscores; so names can be listed without importing any, and one format is
used without the libraries of the others.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from barewire.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from barewire.addresses.romana.plan import PrefixPlan
    from barewire.explain.run import Explanation
    from barewire.records.coordination import CostDocument
    from barewire.render.run.data import ReportData
    from barewire.render.study.whole import Whole
    from barewire.results.comparison.answer import ComparedRuns
    from barewire.results.history.series import History

Rendered = str | bytes | Mapping[str, str | bytes]
"""A file's text or bytes; or several files by their names, for a directory."""

S = TypeVar("S")
"""What a document is made of."""


@dataclass(frozen=True, slots=True)
class Format(Generic[S]):
    """`name` as people ask for it, the `file_name` it has in a run directory, one line that `describes` it.

    A `file_name` that ends in a slash is a directory, and an empty one the directory itself: then `render` gives several files. A
    format for people has `show`, which prints to a terminal, in colours and as wide as it is.
    """

    name: str
    file_name: str
    describes: str
    render: Callable[[S], Rendered]
    show: Callable[[S, Console], None] | None = None

    @property
    def is_directory(self) -> bool:
        """Whether it writes several files."""
        return not self.file_name or self.file_name.endswith("/")

    def files(self, subject: S) -> Iterator[tuple[str, bytes]]:
        """Its files and their content, under the names that they have in a run's directory. Raises as `render` does."""
        rendered = self.render(subject)
        if isinstance(rendered, Mapping):
            yield from ((self.file_name + name, encoded(content)) for name, content in rendered.items())
        else:
            yield self.file_name, encoded(rendered)


@dataclass(frozen=True, slots=True)
class DocumentKind(Generic[S]):
    """A document: `name` as errors have it, and the `package` whose modules are its formats."""

    name: str
    package: str

    def names(self) -> tuple[str, ...]:
        """The name of every format, in alphabetical order."""
        found = pkgutil.iter_modules(import_module(self.package).__path__)
        return tuple(sorted(module.name.replace("_", "-") for module in found))

    def find(self, name: str) -> Format[S]:
        """A format by its name; raises `UsageError` with all names if there is none."""
        if name not in self.names():
            raise UsageError(f"there is no {self.name} format {name!r}", remedy=f"Formats: {', '.join(self.names())}")
        found: Format[S] = _load(f"{self.package}.{name.replace('-', '_')}")
        return found

    def formats(self) -> Mapping[str, Format[S]]:
        """Every format by name, in alphabetical order."""
        return MappingProxyType({name: self.find(name) for name in self.names()})


@cache
def _load(module: str) -> Format[Any]:
    found: Format[Any] = import_module(module).FORMAT
    return found


def encoded(content: str | bytes) -> bytes:
    """As it is in a file: UTF-8, ends of lines untouched. Of a path that is not UTF-8, `\\udcff` stands for the byte 255."""
    return content if isinstance(content, bytes) else content.encode(errors="backslashreplace")


RUN: DocumentKind[ReportData] = DocumentKind("report", "barewire.render.run.formats")
STUDY: DocumentKind[Whole] = DocumentKind("study", "barewire.render.study.formats")
COMPARISON: DocumentKind[ComparedRuns] = DocumentKind("comparison", "barewire.render.comparison.formats")
HISTORY: DocumentKind[History] = DocumentKind("history", "barewire.render.history.formats")
EXPLANATION: DocumentKind[Explanation] = DocumentKind("explanation", "barewire.render.explanation.formats")
PREFIXES: DocumentKind[PrefixPlan] = DocumentKind("plan", "barewire.render.prefixes.formats")
COST: DocumentKind[CostDocument] = DocumentKind("cost", "barewire.render.coordination.formats")
DOCUMENTS = (RUN, STUDY, COMPARISON, HISTORY, EXPLANATION, PREFIXES, COST)
