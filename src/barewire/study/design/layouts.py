"""A layout: arbitrary properties of a lab (ports, addresses, order), drawn at random for each block of a counted study.

By a clock that counts, a lab measured twice gives nearly the same numbers. What can differ is what a network does not depend on
and a kernel's tables do: ports and addresses (which chain of a hash table), payload (server and checksum see other bytes),
the order in which namespaces and so links are made (interface indices), the phase of the load against the timer's tick. So a
block is a layout, the same for all networks of the block and for both of its hosts, and no figure depends on a single one.
The spread over blocks is of layouts and of what the kernel draws by chance for each lab (seeds of hash tables); docs/counted.md
has how much. Everything here is drawn by hashes of the study's seed and the block, so that a resumed study,
or the same plan elsewhere, has the same layouts.

By the wall clock there are no layouts: chance lays out enough by itself.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from barewire.model.addresses import AddressPlan, FamilyPlan
from barewire.model.network import PORTS_PER_POD
from barewire.results.clock import COUNTED
from barewire.results.seeds import derived_seed
from barewire.study.design.plan import StudyPlan
from barewire.workloads.definition.site import Layout

LOWEST_PORT, EPHEMERAL = 10_000, 32_768
"""Servers' ports lie between; from the latter on the kernel takes ports for clients by itself."""

PHASE_NS, PHASE_GRAIN_NS = 20_000_000, 10_000
"""A load begins so long after a multiple of 20 ms, which holds every tick that a kernel may have, and in steps of 10 µs."""

PORT, NODES, PODS, PAYLOAD, PHASE, ORDER = "port", "nodes", "pods", "payload", "phase", "order"


def layout_of(plan: StudyPlan, block: int) -> Layout | None:
    """The layout of a block (from 1); None by the wall clock."""
    if plan.clock != COUNTED:
        return None

    def draw(what: str, most: int) -> int:
        return derived_seed(plan.seed, "layout", block, what) % most

    room = EPHEMERAL - LOWEST_PORT - PORTS_PER_POD * plan.pods
    nodes, pods = draw(NODES, 99) + 1, draw(PODS, 8)
    four = FamilyPlan(IPv4Network(f"10.{nodes}.0.0/16"), IPv4Network(f"10.{128 + 16 * pods}.0.0/12"), 24)
    six = FamilyPlan(IPv6Network(f"fd00:{nodes:x}::/64"), IPv6Network(f"fd00:{0x100 + pods:x}::/48"), 64)
    return Layout(
        port=LOWEST_PORT + draw(PORT, room) if room > 0 else plan.port,
        addresses=AddressPlan((plan.family,), four, six),
        payload=draw(PAYLOAD, (1 << 31) - 1) + 1,
        phase_ns=draw(PHASE, PHASE_NS // PHASE_GRAIN_NS) * PHASE_GRAIN_NS,
        order=draw(ORDER, 1 << 32),
    )
