"""Whether packets that a bridge carries pass a node's iptables: sysctls of the module br_netfilter.

Labs have them at 0, which is what a kernel without the module does. A guest gets the module for as long as a lab sets one of them
(`kernel.lab_modules`); on a machine it must be there.
"""

from __future__ import annotations

from collections.abc import Sequence

from barewire.model.leases import NodeView
from barewire.model.objects import DesiredState
from barewire.model.settings import Sysctl

_KEYS = {4: "net.bridge.bridge-nf-call-iptables", 6: "net.bridge.bridge-nf-call-ip6tables"}

NEED = "bridge:netfilter"
"""The module, as a feature of the kernel."""


def used(version: int) -> Sysctl:
    """Bridged packets of this IP version pass iptables."""
    return Sysctl(_KEYS[version], "1")


def unused(views: Sequence[NodeView]) -> DesiredState:
    """The module is there, and no bridged packet passes iptables until a program says so."""
    return DesiredState({view.name: (Sysctl(_KEYS[4], "0"),) for view in views})
