"""The maximum rate of each network, from `knees` of `run.json`: a result, "vxlan carries 62 % of the host's rate".

An entry whose search was refused has a `note` and no interval; what the study offered then is a share of a guess, and a
reader has to know that first.
"""

from __future__ import annotations

from barewire.records import Knee, RunRecord
from barewire.results import BASELINE


def summarise(run: RunRecord) -> tuple[Knee, ...]:
    """`knees` of `summary.json`: one entry for each network and response size; none in a run without rates."""
    # Other conditions of a study offer the first one's rates; what they themselves carry was not searched for.
    if run.knees is None or run.knees.searched is False:
        return ()
    return tuple(
        Knee(
            network,
            int(size),
            one.rate_per_s,
            one.rate_low_per_s,
            one.rate_high_per_s,
            one.share,
            one.share_low,
            one.share_high,
            one.note,
        )
        for size, by_network in run.knees.response_bytes.items()
        for network, one in by_network.items()
    )


def guessed(run: RunRecord) -> frozenset[int]:
    """The sizes of responses whose 100 % is a guess: the search found no maximum."""
    return frozenset(
        int(size) for size, one in run.maximum.response_bytes.items() if one.note and one.rate_low_per_s is None
    )


def full_of(run: RunRecord) -> str:
    """The network whose maximum rate is 100 %; the host in runs of earlier versions. Sizes may differ: the smallest counts."""
    sizes = run.maximum.response_bytes
    return (sizes[min(sizes, key=int)].of if sizes else None) or BASELINE
