"""What the attach part and the rules of Romana agree on: how a pod's veth is called at its node."""

from __future__ import annotations

from hashlib import blake2s

from barewire.model.leases import PodLease

PREFIX = "romana-"


def host_end(pod: PodLease) -> str:
    """The node's end of the pod's veth pair: the prefix and eight characters of a hash, in place of its container's id."""
    return PREFIX + blake2s(pod.pod.name.encode()).hexdigest()[:8]
