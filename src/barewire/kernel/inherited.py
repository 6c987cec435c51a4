"""Defined values for settings that a new network namespace inherits from its machine, or that depend on the kernel's
configuration.

Without this a lab would measure the machine's sysctl.conf: rp_filter of a distribution, arp_ignore of an administrator, the
forwarding of a container host, bridge-nf-call-* of a loaded br_netfilter. The values are the kernel's own defaults
(ip-sysctl.rst), except bridge-nf-call-*, which is 0 (default 1) because a kernel without br_netfilter behaves like that. What a
network or a tuning wants differently, it sets afterwards. Not set here: what only the whole machine has (`kernel.machine` records
it), and tcp_rmem and tcp_wmem, whose defaults differ between kernel versions and are part of what a kernel upgrade changes.

Settings of neighbours are no namespace's: a link in any namespace copies `net.ipv4.neigh.default` of the machine when it is made.
Loopback has such a copy, so it shows whether the machine's are the stated ones; only if not, each link gets them, too.
Limit: many kernels hide them from user namespaces, so in a lab of an ordinary user they may stay the machine's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from barewire.kernel import settings
from barewire.model.settings import Sysctl

_INTERFACES = {
    "accept_local": "0",
    "accept_redirects": "1",
    "arp_accept": "0",
    "arp_announce": "0",
    "arp_evict_nocarrier": "1",
    "arp_filter": "0",
    "arp_ignore": "0",
    "arp_notify": "0",
    "bc_forwarding": "0",
    "disable_policy": "0",
    "disable_xfrm": "0",
    "drop_gratuitous_arp": "0",
    "drop_unicast_in_l2_multicast": "0",
    "forwarding": "0",
    "ignore_routes_with_linkdown": "0",
    "log_martians": "0",
    "medium_id": "0",
    "promote_secondaries": "0",
    "proxy_arp": "0",
    "proxy_arp_pvlan": "0",
    "route_localnet": "0",
    "rp_filter": "0",
    "secure_redirects": "1",
    "send_redirects": "1",
    "shared_media": "1",
    "src_valid_mark": "0",
}
"""Of `net.ipv4.conf`, which a namespace copies from the machine's (devconf_inherit_init_net is 0 by default)."""

_NEIGHBOURS = {
    "anycast_delay": "100",
    "app_solicit": "0",
    "base_reachable_time_ms": "30000",
    "delay_first_probe_time": "5",
    "gc_stale_time": "60",
    "interval_probe_time_ms": "5000",
    "locktime": "100",
    "mcast_resolicit": "0",
    "mcast_solicit": "3",
    "proxy_delay": "80",
    "proxy_qlen": "64",
    "retrans_time_ms": "1000",
    "ucast_solicit": "3",
    "unres_qlen_bytes": "212992",
}
"""Of `net.ipv4.neigh` and `net.ipv6.neigh`, which each link has for itself."""

_OF_LOOPBACK = "net.{}.neigh.lo."

SETTINGS: dict[str, str] = {
    "net.bridge.bridge-nf-call-arptables": "0",
    "net.bridge.bridge-nf-call-ip6tables": "0",
    "net.bridge.bridge-nf-call-iptables": "0",
    # The generator opens up to 10,000 connections; the kernel's own is 4096.
    "net.core.somaxconn": "16384",
    **{
        f"net.ipv4.conf.{which}.{name}": value
        for name, value in _INTERFACES.items()
        for which in ("all", "default", "lo")
        # The kernel has both at 1 for loopback.
        if which != "lo" or name not in ("disable_policy", "disable_xfrm")
    },
    **{
        # Neighbours over IPv6 are not locked.
        _OF_LOOPBACK.format(family) + name: "0" if (family, name) == ("ipv6", "locktime") else value
        for family in ("ipv4", "ipv6")
        for name, value in _NEIGHBOURS.items()
    },
}
"""Value by sysctl, for every namespace of a lab."""

_PATHS = {key: str(settings.sysctl_path(key)) for key in SETTINGS}


def differing() -> Mapping[str, str]:
    """What must be set in the caller's namespace, which is new, by key. Namespaces that are made at the same time inherit the
    same, so it is enough to ask in one. Settings that this kernel lacks are skipped."""
    return {key: SETTINGS[key] for key, value in read().items() if value != SETTINGS[key]}


def apply(wanted: Mapping[str, str], namespace: str) -> Mapping[str, str]:
    """Set what `differing` returned in the caller's namespace. Returns what `apply_to_link` wants: the settings of loopback that
    every other link copies from the machine, too, and with another value."""
    for key, value in wanted.items():
        settings.write_sysctl(Sysctl(key, value), namespace)
    return {key: value for key, value in wanted.items() if ".neigh.lo." in key}


def apply_to_link(dev: str, of_links: Mapping[str, str], namespace: str) -> None:
    """Set on a new link in the caller's namespace what `apply` returned for that."""
    for key, value in of_links.items():
        of_link = key.replace(".lo.", f".{dev.replace('.', '/')}.")
        if settings.sysctl_path(of_link).exists():  # a link without IPv6 has none of its settings
            settings.write_sysctl(Sysctl(of_link, value), namespace)


def state_neighbours(name: str, value: str) -> None:
    """State another value of a setting of neighbours, for the labs of this process and its children."""
    SETTINGS.update(
        {key: value for family in ("ipv4", "ipv6") if (key := _OF_LOOPBACK.format(family) + name) in SETTINGS}
    )


def read() -> dict[str, str]:
    """Read their values in the caller's namespace."""
    found = {}
    for key, path in _PATHS.items():
        # Raw reads: there are about 80 files.
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            found[key] = os.read(file, 64).decode().strip()
        finally:
            os.close(file)
    return found
