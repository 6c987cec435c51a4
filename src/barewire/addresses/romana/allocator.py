"""Romana's allocator: hosts into groups of every network, addresses out of blocks of the networks that a tenant may use.

Errors have Romana's own sentence as what was said. A network that no map names has no groups and gives no addresses. Not here:
blacked-out prefixes, and a new topology under addresses that are in use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address

from barewire.addresses.romana.groups import BITS, Prefix, PrefixGroup, RefusedPrefixError, RomanaHost, grow
from barewire.addresses.romana.placement import HostPlacement
from barewire.addresses.romana.topology import HostAddress, NetworkDefinition, RomanaTopology
from barewire.errors import PlanError

DEFAULT_BLOCK_MASK = 29
_TENANT = re.compile(r"[a-zA-Z0-9_-]*")
_ANYONE = "*"


class RomanaNetwork:
    """A network with its groups; `top` is None until a map has named it."""

    def __init__(self, name: str, prefix: Prefix, block_mask: int, tenants: tuple[str, ...]) -> None:
        self.name, self.prefix, self.block_mask, self.tenants = name, prefix, block_mask, tenants
        self.top: PrefixGroup | None = None
        self._placement: HostPlacement | None = None
        self._names: dict[str, list[RomanaHost]] = {}
        self._addresses: dict[HostAddress, list[RomanaHost]] = {}

    def attach(self, top: PrefixGroup) -> None:
        """Give the network its groups, and the hosts that are in them."""
        self.top, self._placement = top, HostPlacement(top)
        for leaf in top.leaves():
            for host in leaf.hosts or ():
                self._index(host)

    def host(self, name: str) -> RomanaHost | None:
        """The host of a name."""
        return next(iter(self._names.get(name, ())), None)

    def host_at(self, ip: HostAddress) -> RomanaHost | None:
        """The host with an address."""
        return next(iter(self._addresses.get(ip, ())), None)

    def choose(self, tags: Mapping[str, str] | None) -> PrefixGroup | None:
        """The group that a host with these labels goes into; None if no group takes it."""
        return self._placement.choose(tags) if self._placement else None

    def add(self, group: PrefixGroup, name: str, ip: HostAddress, tags: Mapping[str, str] | None) -> None:
        """Put a host into a group."""
        assert group.hosts is not None
        host = RomanaHost(name, ip, tags, group)
        group.hosts.append(host)
        self._index(host)

    def remove(self, host: RomanaHost) -> None:
        """Take a host out of its group; its blocks become free for reuse."""
        group = host.group
        assert group.hosts is not None and group.ledger is not None and self._placement is not None
        group.hosts.remove(host)
        self._names[host.name].remove(host)
        if host.ip is not None:
            self._addresses[host.ip].remove(host)
        group.ledger.forget(host.name)
        self._placement.shrunk(group)

    def leaf_at(self, address: int) -> PrefixGroup | None:
        """The group of hosts whose prefix an address is in."""
        at = self.top
        while at is not None and at.hosts is None:
            first = at.groups[0].prefix if at.groups else None
            number = (address - first.first) // first.size if first else -1
            at = at.groups[number] if at.groups and 0 <= number < len(at.groups) else None
        return at

    def _index(self, host: RomanaHost) -> None:
        if host.name:
            self._names.setdefault(host.name, []).append(host)
        if host.ip is not None:
            self._addresses.setdefault(host.ip, []).append(host)


class RomanaAllocator:
    """The state of a topology: its hosts and addresses. PlanError for what Romana refuses."""

    def __init__(self, topology: RomanaTopology) -> None:
        self._where = topology.where
        self.networks: dict[str, RomanaNetwork] = {}
        """In the order of the file."""
        self._tenants: dict[str, list[str]] = {}
        self._addresses: dict[str, IPv4Address] = {}
        for definition in topology.networks:
            self._define(definition)
        self._refuse_overlaps()
        for one in topology.maps:
            for name in one.networks:
                network = self.networks.get(name)
                if network is None:
                    raise self._refused("a map names a network", f"Network with name {name} not defined")
                if network.top is not None:
                    raise self._refused("a map names a network", f"Network {name} appears more than once.")
                try:
                    network.attach(grow(one.groups, network.prefix, network.block_mask))
                except RefusedPrefixError as error:
                    raise self._refused(
                        f"the map of network {name} has more groups than its prefix has room for",
                        str(error),
                        "Use a shorter prefix for the network, or fewer groups",
                    ) from error
        self._refuse_nameless()

    def add_host(self, name: str, ip: HostAddress, tags: Mapping[str, str] | None = None) -> None:
        """Put a host into a group of every network that takes it."""
        for network in self.networks.values():
            for known, found in ((f"name:{name}", network.host(name)), (f"IP:{ip}", network.host_at(ip))):
                if found is not None:
                    said = f"A[n] 'host' object identified by map[{known}] already exists: {_shown(name, ip, tags)}"
                    raise self._refused(f"cannot add host {name}", said, "Give each host its own name and address")
        places = [(network, network.choose(tags)) for network in self.networks.values()]
        if not any(group for _, group in places):
            raise self._refused(
                f"cannot add host {name}",
                f"No suitable groups to add host {_shown(name, ip, tags)} to.",
                "Give it the labels that a group asks for, or add a group without labels",
            )
        for network, group in places:
            if group is not None:
                network.add(group, name, ip, tags)

    def remove_host(self, name: str = "", ip: HostAddress | None = None) -> None:
        """Take a host, by its name or its address, out of every network; its blocks can be had by others."""
        removed = False
        for network in self.networks.values():
            host = network.host(name) if ip is None else network.host_at(ip)
            if host is None:
                continue
            if name and host.name != name:
                said = f"Found host with IP {ip} but it has name {host.name}, not {name}"
                raise self._refused(f"cannot remove host {name}", said)
            network.remove(host)
            removed = True
        if not removed:
            said = f"No host found with IP {ip or '<nil>'} and/or name {name}"
            raise self._refused(f"cannot remove host {name or ip}", said)

    def allocate(self, name: str, host: str, tenant: str, segment: str) -> IPv4Address:
        """An address for the pod `name` of a tenant and segment on a host."""
        what = f"cannot allocate an address for {name}"
        if name in self._addresses:
            said = f"Address with name {name} already allocated: {self._addresses[name]}"
            raise self._refused(what, said, "Release it first, or use another name")
        networks = [*self._tenants.get(tenant, ()), *self._tenants.get(_ANYONE, ())]
        if not networks:
            raise self._refused(what, f"No networks found for tenant {tenant}.", "Name it in a network's tenants")
        for network in map(self.networks.__getitem__, networks):
            found = network.host(host)
            if found is None or found.group.ledger is None:
                continue
            address = found.group.ledger.allocate(host, f"{tenant}:{segment}")
            if address is not None:
                self._addresses[name] = IPv4Address(address)
                return self._addresses[name]
        known = any(self.networks[network].host(host) for network in networks)
        remedy = "Release addresses, or use a longer block_mask" if known else f"Add host {host} first"
        raise self._refused(what, "No available IP.", remedy)

    def release(self, name: str) -> None:
        """Give back the address of the pod `name`; an address in its place does as well."""
        if name not in self._addresses:
            name = next((one for one, address in self._addresses.items() if str(address) == name), name)
        address = self._addresses.get(name)
        if address is None:
            said = f"An address object with attributes map[name:{name}] not found"
            raise self._refused(f"cannot release the address of {name}", said)
        network = next((one for one in self.networks.values() if int(address) in one.prefix), None)
        leaf = network.leaf_at(int(address)) if network else None
        if leaf is None or leaf.ledger is None:
            raise self._refused(f"cannot release the address of {name}", f"Cannot find IP {address}")
        leaf.ledger.release(int(address))
        del self._addresses[name]

    def _define(self, definition: NetworkDefinition) -> None:
        name, mask = definition.name, definition.block_mask
        if name in self.networks:
            raise self._refused(f"network {name} is defined twice", f"Network with name {name} already defined")
        prefix = self._prefix(definition)
        mask = mask or max(DEFAULT_BLOCK_MASK, prefix.length)
        if not prefix.length <= mask <= BITS:
            raise self._refused(
                f"network {name} cannot have blocks of /{mask}",
                f"invalid blockmask({mask}) for network({name}), must be {prefix.length} <= blockmask <= {BITS}",
                f"Give it a block_mask from {prefix.length} to {BITS}",
            )
        for tenant in definition.tenants:
            if not _TENANT.fullmatch(tenant):
                raise self._refused(
                    f"network {name} is for a tenant with a name that Romana does not take",
                    f"Bad tenant name: {tenant}",
                    "Use letters, digits, _ and -",
                )
        for tenant in definition.tenants or (_ANYONE,):
            self._tenants.setdefault(tenant, []).append(name)
        self.networks[name] = RomanaNetwork(name, prefix, mask, definition.tenants)

    def _prefix(self, definition: NetworkDefinition) -> Prefix:
        address, slash, length = definition.cidr.partition("/")
        try:
            ip = ip_address(address)
        except ValueError:
            ip = None
        if ip is None or not slash or not length.isdecimal() or int(length) > ip.max_prefixlen:
            said = f"invalid CIDR address: {definition.cidr}"
            raise self._refused(f"network {definition.name} has no prefix", said, "Write it like 10.112.0.0/12")
        if ip.version != 4:
            raise self._refused(
                f"network {definition.name} is IPv6", "Romana's addresses are IPv4", "Write it like 10.112.0.0/12"
            )
        return Prefix(int(ip), int(length))

    def _refuse_overlaps(self) -> None:
        networks = sorted(self.networks.values(), key=lambda one: (one.prefix.written, -one.prefix.size))
        widest: RomanaNetwork | None = None
        for one in networks:
            if widest and one.prefix.written + one.prefix.size <= widest.prefix.written + widest.prefix.size:
                raise self._refused(
                    f"networks {widest.name} and {one.name} overlap",
                    f"CIDR {one.prefix} of network {one.name} already is contained in CIDR {widest.prefix} "
                    f"of network {widest.name}",
                    "Give each network a prefix of its own",
                )
            widest = one

    def _refuse_nameless(self) -> None:
        for network in self.networks.values():
            for leaf in network.top.leaves() if network.top else ():
                for host in leaf.hosts or ():
                    if host.ip is not None and not host.name:
                        raise self._refused(
                            f"a host of network {network.name} has no name",
                            f"Both name and IP are required for hosts: {host.ip}",
                            "Give it the name of its node",
                        )

    def _refused(self, what: str, said: str, remedy: str = "") -> PlanError:
        return PlanError(what, where=self._where, said=said, remedy=remedy)


def _shown(name: str, ip: HostAddress, tags: Mapping[str, str] | None) -> str:
    """A host as Romana prints it."""
    labels = " ".join(f"{key}:{value}" for key, value in sorted(tags.items())) if tags else ""
    return f"{ip} ({name})" + (f" Tags: map[{labels}]" if labels else "")
