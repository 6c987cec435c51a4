"""Romana's address management: topology in the address, as Romana 2.0 has it.

    read(path), parse(document)     a topology file: networks, topologies, maps of groups
    RomanaAllocator                 hosts into groups, addresses out of blocks
    plan.planned(allocator)         its tree of prefixes, with the routes and the room of each group

A network's prefix is cut at every level of a map into as many equal parts as there are groups, rounded up to a power of two, so
the prefix of an address says in which zone and rack its pod is, and one route reaches all of it. The lowest group has the hosts.
It is cut into blocks when addresses are asked for: a block belongs to one host and one tenant and segment.

The answers are Romana's own, also where they surprise: its spare groups take hosts, a block that is larger than its group gives
addresses of the next one, a released address may take others with it. `notes.py` says where a topology meets that.
"""

from __future__ import annotations

from barewire.addresses.romana.allocator import RomanaAllocator
from barewire.addresses.romana.topology import RomanaTopology, parse, read

__all__ = ["RomanaAllocator", "RomanaTopology", "parse", "read"]
