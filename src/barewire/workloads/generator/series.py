"""A load in time steps (ticks): the input of effective sample sizes and stationarity tests.

The generator counts latencies of each tenth of a second in coarse buckets (`csrc/load/ticks.h`). Kept in the trial's record is
what the statistics need of them: how many answers a tick had, their median, and how many of them lie above each quantile of
the whole load. The bucket's edge next to the quantile stands for it, which hardly matters: what counts is whether
the requests beyond it come together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from barewire.records import Ticks
from barewire.workloads.definition.metric import QUANTILES

Ns = Annotated[int, Field(ge=0, lt=1 << 62)]
Many = Annotated[int, Field(ge=1, lt=1 << 62)]


@dataclass(frozen=True, slots=True)
class GeneratorTicks:
    """`ticks` of the generator's last line: for each tick pairs of a bucket's lowest value in ns and its count."""

    tick_ns: Annotated[int, Field(gt=0)]
    counts: tuple[tuple[tuple[Ns, Many], ...], ...]


def series(ticks: GeneratorTicks) -> Ticks | None:
    """`ticks` of a load's record; None for a load without an answer."""
    edges = np.array(sorted({value for tick in ticks.counts for value, _ in tick}), dtype=np.int64)
    if not len(edges):
        return None
    counts = np.zeros((len(ticks.counts), len(edges)), dtype=np.int64)
    for row, tick in zip(counts, ticks.counts, strict=True):
        for value, count in tick:
            row[np.searchsorted(edges, value)] += count
    whole = np.cumsum(counts.sum(axis=0))
    above = {}
    for quantile in QUANTILES:
        # The edge whose share above is nearest to what the quantile leaves, of the two around it.
        wanted = (1 - quantile) * whole[-1]
        over = whole[-1] - whole
        place = int(np.argmin(np.abs(over - wanted)))
        if 0 < over[place] <= 2 * wanted:
            above[f"{quantile:.10g}"] = tuple(counts[:, place + 1 :].sum(axis=1).tolist())
    return Ticks(
        seconds=ticks.tick_ns / 1e9,
        samples=tuple(counts.sum(axis=1).tolist()),
        median_ns=tuple(_median(edges, row) for row in counts),
        above=above,
    )


def _median(edges: NDArray[np.int64], counts: NDArray[np.int64]) -> int:
    """The median, evenly spread within its bucket; 0 without any sample."""
    total = int(counts.sum())
    if not total:
        return 0
    below = np.cumsum(counts)
    place = int(np.searchsorted(below, total / 2))
    low = int(edges[place])
    # Buckets are 64 of HdrHistogram's 1,024 of an octave.
    width = max(64, 1 << max(0, low.bit_length() - 5))
    inside = float((total / 2 - (below[place] - counts[place])) / counts[place])
    return round(low + width * inside)
