"""The maximum rate of each network, from `knees` of `run.json`: a result, "vxlan carries 62 % of the host's rate".

An entry whose search was refused has a `note` and no interval; what the study offered then is a share of a guess, and a
reader has to know that first.
"""

from __future__ import annotations

from collections.abc import Mapping

from barewire.results.records import Knee, RunRecord

_KEYS = ("rate_per_s", "rate_low_per_s", "rate_high_per_s", "share", "share_low", "share_high", "note")


def summarise(run: RunRecord) -> tuple[Knee, ...]:
    """`knees` of `summary.json`: one entry for each network and response size; none in a run without rates."""
    knees = run.knees
    # Other conditions of a study offer the first one's rates; what they themselves carry was not searched for.
    found = knees.get("response_bytes", {}) if knees.get("searched", True) else {}
    return tuple(
        Knee(network, int(size), **{key: one.get(key) for key in _KEYS})
        for size, by_network in found.items()
        for network, one in by_network.items()
    )


def full_of(run: RunRecord) -> str:
    """The network whose maximum rate is 100 %; the host in runs of earlier versions. Sizes may differ: the smallest counts."""
    sizes = run.maximum.get("response_bytes") or {}
    first = sizes.get(min(sizes, key=int)) if sizes else None
    return str(first.get("of", "host")) if isinstance(first, Mapping) else "host"
