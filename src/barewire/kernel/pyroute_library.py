"""The parts of pyroute2 that we use, without the rest of it.

`import pyroute2` imports all that the library has (a database with SQLite, psutil, every protocol): two thirds of what a lab
spends before its first request, and seconds of an emulated guest's start. Its modules do not need that, so the package is entered
without running its `__init__`. If that fails with some version, the fallback is an ordinary import.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from barewire.kernel.pyroute import ENCAP_IP, ENCAP_IP6


def _enter() -> None:
    spec = find_spec("pyroute2")
    if "pyroute2" in sys.modules or spec is None or spec.submodule_search_locations is None:
        return
    package = ModuleType("pyroute2")
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules["pyroute2"] = package


_enter()
try:
    from pyroute2.ethtool.ethtool import Ethtool
    from pyroute2.ethtool.ioctl import NotSupportedError
    from pyroute2.iproute.linux import IPRoute
    from pyroute2.netlink import nla
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.generic.wireguard import WireGuard
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg, ifinfveth
    from pyroute2.netlink.rtnl.marshal import MarshalRtnl
    from pyroute2.netlink.rtnl.ndtmsg import ndtmsg
    from pyroute2.netlink.rtnl.rtmsg import rtmsg
    from pyroute2.requests.route import RouteIPRouteFilter
except ImportError:
    for _name in [name for name in sys.modules if name.partition(".")[0] == "pyroute2"]:
        del sys.modules[_name]
    from pyroute2 import Ethtool, IPRoute
    from pyroute2.ethtool.ioctl import NotSupportedError
    from pyroute2.netlink import nla
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.generic.wireguard import WireGuard
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg, ifinfveth
    from pyroute2.netlink.rtnl.marshal import MarshalRtnl
    from pyroute2.netlink.rtnl.ndtmsg import ndtmsg
    from pyroute2.netlink.rtnl.rtmsg import rtmsg
    from pyroute2.requests.route import RouteIPRouteFilter

# The kernel's struct ndt_stats (linux/neighbour.h) has one more number than the library knows.
if "table_fulls" not in dict(ndtmsg.stats.fields):
    ndtmsg.stats.fields = (*ndtmsg.stats.fields, ("table_fulls", "Q"))


class _IpEncap(nla):  # type: ignore[misc]
    """enum lwtunnel_ip_t of linux/lwtunnel.h."""

    prefix = "LWTUNNEL_IP_"
    nla_map = (
        ("LWTUNNEL_IP_UNSPEC", "none"),
        ("LWTUNNEL_IP_ID", "be64"),
        ("LWTUNNEL_IP_DST", "ip4addr"),
        ("LWTUNNEL_IP_SRC", "ip4addr"),
        ("LWTUNNEL_IP_TTL", "uint8"),
        ("LWTUNNEL_IP_TOS", "uint8"),
        ("LWTUNNEL_IP_FLAGS", "be16"),
    )


class _Ip6Encap(nla):  # type: ignore[misc]
    """enum lwtunnel_ip6_t, with the attributes' names of the one for IPv4."""

    prefix = "LWTUNNEL_IP_"
    nla_map = (
        ("LWTUNNEL_IP_UNSPEC", "none"),
        ("LWTUNNEL_IP_ID", "be64"),
        ("LWTUNNEL_IP_DST", "ip6addr"),
        ("LWTUNNEL_IP_SRC", "ip6addr"),
        ("LWTUNNEL_IP_TTL", "uint8"),
        ("LWTUNNEL_IP_TOS", "uint8"),
        ("LWTUNNEL_IP_FLAGS", "be16"),
    )


class _Netkit(nla):  # type: ignore[misc]
    """IFLA_NETKIT_* of linux/if_link.h; the other end is described as veth's is."""

    prefix = "IFLA_"
    nla_map = (
        ("IFLA_NETKIT_UNSPEC", "none"),
        ("IFLA_NETKIT_PEER_INFO", "peer_info"),
        ("IFLA_NETKIT_PRIMARY", "uint8"),
        ("IFLA_NETKIT_POLICY", "uint32"),
        ("IFLA_NETKIT_PEER_POLICY", "uint32"),
        ("IFLA_NETKIT_MODE", "uint32"),
    )

    @staticmethod
    def peer_info(self: Any, *_: Any, **__: Any) -> Any:
        return ifinfveth


def load_module(name: str) -> Any:
    """A module of the library that few networks need."""
    return import_module(f"pyroute2.{name}")


ifinfmsg.ifinfo.data_map["netkit"] = _Netkit

# The library knows MPLS, SEG6 and BPF only, and drops any other encapsulation of a route.
rtmsg.encaps.update({ENCAP_IP: _IpEncap, ENCAP_IP6: _Ip6Encap})
_set_encap = RouteIPRouteFilter.set_encap


def _with_ip_encap(self: Any, context: Any, value: Any) -> Any:
    return {"encap": value} if isinstance(value, dict) and "attrs" in value else _set_encap(self, context, value)


RouteIPRouteFilter.set_encap = _with_ip_encap

__all__ = [
    "Ethtool",
    "IPRoute",
    "MarshalRtnl",
    "NetlinkError",
    "NotSupportedError",
    "WireGuard",
    "load_module",
]
