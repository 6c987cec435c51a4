"""Nothing between the pod's interface and the wire: the pod's packets are the wire's."""

from __future__ import annotations

from typing import ClassVar

from barewire.networks.own import OwnAddress, WithoutOptions
from barewire.networks.part import Delivery, Facts


class Direct(WithoutOptions, OwnAddress):
    """For pods that are their node, or that answer on the wire themselves."""

    name: ClassVar[str] = "direct"
    facts: ClassVar[Facts] = Facts("packets go to the wire as they are", "nothing", "none")
    carries: ClassVar[frozenset[Delivery]] = frozenset({"node", "l2"})
    wants_switch: ClassVar[bool] = False
    joins_segments = joins_clusters = True
    needs: frozenset[str] = frozenset()
    crosses: frozenset[str] = frozenset()
