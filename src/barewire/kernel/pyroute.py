"""The parts of pyroute2 that we use, without the rest of it.

`import pyroute2` imports all that the library has (a database with SQLite, psutil, every protocol): two thirds of what a lab
spends before its first request, and seconds of an emulated guest's start. Its modules do not need that, so the package is entered
without running its `__init__`. Where that should fail with some version, everything is imported as usual.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType


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
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.rtnl.ndtmsg import ndtmsg
except ImportError:
    for _name in [name for name in sys.modules if name.partition(".")[0] == "pyroute2"]:
        del sys.modules[_name]
    from pyroute2 import Ethtool, IPRoute
    from pyroute2.ethtool.ioctl import NotSupportedError
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.rtnl.ndtmsg import ndtmsg

# The kernel's struct ndt_stats (linux/neighbour.h) has one more number than the library knows.
if "table_fulls" not in dict(ndtmsg.stats.fields):
    ndtmsg.stats.fields = (*ndtmsg.stats.fields, ("table_fulls", "Q"))

__all__ = ["Ethtool", "IPRoute", "NetlinkError", "NotSupportedError"]
