"""Networks whose pods a program attaches: what such a program shares with attach parts, and how its name is read.

`cni:FILE` or `exec:FILE` stands where a network's name can. Alone, the program makes all of the network; with a
transport behind it (`cni:FILE+routes`) it attaches the pods, and the transport makes the paths between nodes. What a
program makes is not planned: it is read when the lab is built, and observed instead of proved. A kind of program is one
file of `program/`.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from barewire.errors import NetworkError
from barewire.model.leases import NodeView, PodLease
from barewire.model.network import Pod
from barewire.model.objects import DesiredState, IPAddress, KernelObject
from barewire.networks import discovery, program
from barewire.networks.own import OwnAddress, OwnNamespace, WithoutOptions
from barewire.networks.part import Delivery, Facts

UNMANAGED = "unmanaged"
"""The transport of a network that a program makes alone."""


@dataclass(frozen=True, slots=True)
class BuiltPods:
    """What a program has built: the pods' addresses, in the order in which it named them, and the smallest MTU of their links."""

    addresses: tuple[tuple[Pod, IPAddress], ...]
    mtu: int

    def address(self, pod: Pod, family: int) -> IPAddress:
        """The first address of `pod` in a family."""
        return next(address for owner, address in self.addresses if owner == pod and address.version == family)


class ProgramAttach(OwnNamespace):
    """An attach whose pods get their interfaces from a program. It plans nothing; `file` is what the user named."""

    delivery: ClassVar[Delivery] = "routed"
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()
    example: ClassVar[str] = ""
    """How a file of it is named, for those that take one. The others are real systems, which make the paths between nodes too."""
    daemons: ClassVar[tuple[str, ...]] = ()
    """Programs that it runs in a lab beside those that attach."""
    file: str

    @property
    def joins_segments(self) -> bool:
        """Whether its paths between nodes, if it makes any, may lead to another segment."""
        return True

    @property
    def facts(self) -> Facts:
        raise NotImplementedError

    @property
    def content(self) -> str:
        """The text that decides what is built, for the record of a run."""
        raise NotImplementedError

    def beside(self, views: Sequence[NodeView]) -> DesiredState:
        """What a lab holds for it beside nodes and pods, made before it runs."""
        return DesiredState()

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        return ()

    def pod(self, view: NodeView, pod: PodLease) -> tuple[Sequence[KernelObject], Sequence[KernelObject]]:
        return (), ()


class UnmanagedTransport(WithoutOptions, OwnAddress):
    """No transport of ours: the program makes the paths between nodes, or there are none."""

    name: ClassVar[str] = UNMANAGED
    facts: ClassVar[Facts] = Facts("the paths between nodes are the program's own", "not known", "not known")
    carries: ClassVar[frozenset[Delivery]] = frozenset({"routed"})
    joins_segments = True
    wants_switch: ClassVar[bool] = False
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()


@cache
def kinds() -> dict[str, type[Any]]:
    """The kinds of programs, by the name before the colon."""
    found = discovery.classes(program, lambda item: issubclass(item, ProgramAttach) and not inspect.isabstract(item))
    return {item.name: item for item in found}


def split(text: str) -> tuple[str, list[str]] | None:
    """The program of `cni:FILE+routes` and the words of the parts behind it; None for the name of another network."""
    name, colon, _ = text.partition(":")
    name, _, _ = name.partition("+")
    if name not in kinds():
        return None
    if not kinds()[name].example:
        if "+" in text:
            raise NetworkError(
                f"{name} goes with no other part",
                said=f"{text!r} adds one",
                remedy=f"{name} makes all of the network: write it alone",
            )
        return text, [UNMANAGED]
    example = f"{name}:{kinds()[name].example}"
    if not colon:
        raise NetworkError(f"{name} needs a file", remedy=f"Write it like {example}")
    first, *parts = text.split("+")
    if len(parts) > 2:
        raise NetworkError(
            f"{text!r} has too many parts", said="a program takes the place of the attach part",
            remedy=f"Write {example} alone, or with a transport like {example}+routes; a file's name cannot have a plus sign",
        )  # fmt: skip
    return first, parts or [UNMANAGED]
