"""No policy: every packet passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from barewire.model.leases import NodeView
from barewire.model.objects import KernelObject
from barewire.networks.own import WithoutOptions
from barewire.networks.part import Facts


class NoPolicy(WithoutOptions):
    """Puts no rules on a node."""

    name: ClassVar[str] = "none"
    facts: ClassVar[Facts] = Facts("no policy", "nothing", "none")
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()

    def node(self, view: NodeView) -> Sequence[KernelObject]:
        return ()
