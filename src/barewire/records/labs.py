"""What `barewire lab list --json` prints: the labs that are up, with their network namespaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from barewire.records.fields import Count

Pid = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class NamespaceRecord:
    """A network namespace of a lab: the path to enter it by, and the processes in it."""

    name: Name
    netns: Name
    pids: tuple[Pid, ...]


@dataclass(frozen=True, slots=True)
class LabRecord:
    """A lab; `init` is its first process, `holder` the one that `lab down` ends. Pids are this machine's."""

    name: Name
    network: Name
    nodes: Count
    pods: tuple[Name, ...]
    routers: tuple[Name, ...]
    namespaces: tuple[NamespaceRecord, ...]
    init: Pid
    holder: Pid
    since: str


@dataclass(frozen=True, slots=True)
class LabsDocument:
    """The whole of it."""

    schema: str
    labs: tuple[LabRecord, ...]
