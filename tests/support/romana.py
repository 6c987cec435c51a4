"""Romana's own answers in the form in which they were recorded: what its allocator printed, from this project's allocator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from barewire.addresses import romana
from barewire.addresses.romana.allocator import RomanaNetwork
from barewire.addresses.romana.groups import BITS, PrefixGroup, dotted
from barewire.errors import PlanError


def tried(allocator: romana.RomanaAllocator, step: Sequence[Any]) -> str:
    """What Romana prints for `add NAME IP TAGS`, `remove NAME`, `alloc NAME HOST TENANT SEGMENT` and `release NAME`."""
    verb, *words = step
    try:
        if verb == "add":
            name, ip, tags = words
            allocator.add_host(name, ip_address(ip), tags)
        elif verb == "remove":
            allocator.remove_host(*words)
        elif verb == "release":
            allocator.release(*words)
        else:
            return f"{allocator.allocate(*words)} <nil>"
    except PlanError as error:
        return f"<nil> {error.said}" if verb == "alloc" else error.said
    return "<nil>"


def dump(allocator: romana.RomanaAllocator) -> str:
    """Every network with its groups, hosts and blocks, as the recorder wrote them: in the order of names."""
    return "".join(f"{line}\n" for _, network in sorted(allocator.networks.items()) for line in _network(network))


def _network(network: RomanaNetwork) -> Iterator[str]:
    yield f"network {network.name} {network.prefix} /{network.block_mask}"
    if network.top:
        yield from _group(network.top, network, 1, named=True)


def _group(group: PrefixGroup, network: RomanaNetwork, depth: int, *, named: bool) -> Iterator[str]:
    # Romana keeps the names of a map's entries, and of none below them.
    indent, name = "  " * depth, f'"{group.name if named else ""}"'
    cidr = "" if group.prefix is None else group.prefix
    labels = _labels(group.assignment)
    dummy = str(group.dummy).lower()
    yield f'{indent}group {name:12} cidr={cidr} routing="{group.routing}" assign={labels} dummy={dummy}'
    for host in group.hosts or ():
        yield f"{indent}  host {host.name} {'<nil>' if host.ip is None else host.ip}"
    for block in group.ledger.blocks if group.ledger else ():
        first = dotted(block.first & -(1 << (BITS - network.block_mask)))
        yield f"{indent}  block {first}/{network.block_mask} host={block.host} owner={block.owner}"
    for one in group.groups or ():
        yield from _group(one, network, depth + 1, named=depth == 1 and group.prefix is None)


def _labels(labels: Mapping[str, str] | None) -> str:
    return f"map[{' '.join(f'{key}:{value}' for key, value in sorted((labels or {}).items()))}]"
