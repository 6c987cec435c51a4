"""The power of a study before it runs, from its blocks and the block-to-block variation of earlier studies.

The spreads are those of the runs in README.md, the standard deviation of a block's log-ratio; benchmarks/power.py has the table.
"""

from __future__ import annotations

from math import sqrt

from barewire import statistics

MEDIAN_SPREADS, TAIL_SPREADS = (0.03, 0.11), (0.26, 0.87)
"""Of blocks at p50 and at p99: quiet machines and busy ones."""

WANTED = 1.1


def sentences(blocks: int, networks: int) -> tuple[str, str]:
    """What so many blocks find of the overhead of `networks` networks in 80 % of studies, and how many blocks find 10 %."""
    joint = statistics.each(networks)
    if blocks < 2:
        return "One block has no interval: nothing can be decided.", _needed(joint)
    p50, p99 = ([_size(spread, blocks, joint) for spread in spreads] for spreads in (MEDIAN_SPREADS, TAIL_SPREADS))
    median = f"an overhead of {p50[0]} (quiet machine) to {p50[1]} (busy) at the median"
    return f"{blocks} blocks find {median}, {p99[0]} to {p99[1]} at p99, in 80 % of studies.", _needed(joint)


def _needed(joint: float) -> str:
    low, high, tail = (statistics.blocks_for(WANTED, one, joint) for one in (*MEDIAN_SPREADS, TAIL_SPREADS[0]))
    return f"To find 10 % takes {low} to {high} blocks at the median, {tail} and more at p99."


def _size(spread: float, blocks: int, joint: float) -> str:
    least = statistics.detectable(spread / sqrt(blocks), blocks - 1, joint)
    return f"{(least - 1) * 100:.0f} %" if least < 10 else "more than ten times"
