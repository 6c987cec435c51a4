"""Which pairs of pods a proof covers.

Every node sends and receives in the proof of a small lab: each to its neighbour, in a ring. In a large one that would take
most of the time that the lab takes, though its nodes are made alike, so a sample drawn by a fixed seed stands for all.
"""

from __future__ import annotations

import random
from itertools import pairwise, permutations

from barewire.lab.proof import FLOWS, ProofPair
from barewire.model.network import Pod, Topology

MOST_PAIRS = 32
"""Above so many nodes the proof takes that many pairs. If one node in ten is wrong, they miss it in 1 of 800 labs."""

_FLOWS_DRAWN = 2
"""Connections for each pair that is drawn, the measured one apart: together 70, so a second path that all nodes have is not
missed, and one that every tenth node has for half of its connections is missed in 1 of 110 labs."""


def sampled(topology: Topology, *, every: bool = False) -> list[ProofPair]:
    """The measured pair first, then neighbours in a ring or, of more than `MOST_PAIRS` nodes, that many pairs drawn at
    random, with fewer connections; or `every` pair of nodes in both directions. One for each family in use."""
    firsts = {pod.node: pod for pod in reversed(topology.pods) if pod.index == 1}
    order = [firsts[node.index] for node in topology.nodes]
    if every:
        pairs: list[tuple[Pod, Pod]] = list(permutations(order, 2))
    elif len(order) > MOST_PAIRS:
        drawn = random.Random(len(order))
        pairs = [(one, other) for one, other in (drawn.sample(order, 2) for _ in range(MOST_PAIRS - 1))]
    else:
        pairs = [*pairwise(order), *([(order[-1], order[0])] if len(order) > 2 else [])]
    flows = FLOWS if every or len(order) <= MOST_PAIRS else _FLOWS_DRAWN
    counted = [(topology.ends, FLOWS), *((pair, flows) for pair in pairs if pair != topology.ends)]
    return [ProofPair(*pair, family, count) for pair, count in counted for family in topology.addresses.families]
