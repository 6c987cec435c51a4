"""What the attach part and the rules of Calico agree on: how a pod's veth is called at its node."""

from __future__ import annotations

from hashlib import blake2s

from barewire.model.leases import PodLease

PREFIX = "cali"
"""Of the names of these veths, by which the rules know them."""


def host_end(pod: PodLease) -> str:
    """The node's end of the pod's veth pair: the prefix and a hash of the pod's name, 15 characters as in Calico."""
    return PREFIX + blake2s(pod.pod.name.encode()).hexdigest()[: 15 - len(PREFIX)]
