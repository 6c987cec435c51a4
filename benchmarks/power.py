"""Which difference a study finds, by its blocks and by how much blocks differ: the tables of docs/statistics.md.

    scripts/bench power [NETWORKS]

The spread is the standard deviation of the blocks' log-ratios. In the runs of the README it is 3 to 11 % at the median and 26 to
87 % at p99. Five networks are judged together unless another number is given; the noise floor is left out, which is mostly
narrower than their intervals.
"""

from __future__ import annotations

import sys
from math import sqrt

from barewire import statistics

BLOCKS = (3, 6, 10, 20)
SPREADS = (0.03, 0.05, 0.07, 0.11, 0.26, 0.50, 0.87)
FIND = 1.1


def share(ratio: float) -> str:
    """A ratio as a difference: 9.7 %, or x4.2 from ten times on."""
    return f"{(ratio - 1) * 100:.3g} %" if ratio < 10 else "over x10"


def main() -> None:
    networks = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    joint = statistics.each(networks)
    print(f"{networks} networks, judged together at 95 %\n")
    print(f"| spread of blocks | {' | '.join(f'{n} blocks' for n in BLOCKS)} | 10 % is found by |")
    print(f"|---|{'---|' * (len(BLOCKS) + 1)}")
    for spread in SPREADS:
        cells = []
        for blocks in BLOCKS:
            error = spread / sqrt(blocks)
            least = statistics.detectable(error, blocks - 1, joint)
            cells.append(f"{share(least)} ({statistics.power(FIND, error, blocks - 1, joint) * 100:.0f} %)")
        needed = statistics.blocks_for(FIND, spread, joint)
        print(
            f"| {spread * 100:.0f} % | {' | '.join(cells)} | {f'{needed} blocks' if needed else 'over 1,000 blocks'} |"
        )


if __name__ == "__main__":
    main()
