"""pyroute2, imported when something of it is first used.

Its import, with the event loop, takes longer than all other modules of a lab together, and most labs send nothing but requests
that `rtnetlink` and `link_requests` encode. So who uses it writes `pyroute.IPRoute`, and not `from ... import IPRoute`.
"""

from __future__ import annotations

from typing import Any

ENCAP_IP, ENCAP_IP6 = 2, 4
"""LWTUNNEL_ENCAP_IP and LWTUNNEL_ENCAP_IP6 (linux/lwtunnel.h)."""


def __getattr__(name: str) -> Any:
    if name.startswith("__"):  # the import system asks every module for a __path__
        raise AttributeError(name)
    from barewire.kernel import pyroute_library

    return getattr(pyroute_library, name)
