"""Within trials: how many independent requests their requests are worth, and whether they kept their latency.

Read from `ticks` of a load's record. A run that was written without them, or whose loads had too few ticks, has
nothing to say here, and its samples are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from barewire import statistics
from barewire.records import Load

Numbers = NDArray[np.float64]
_LARGEST = float(1 << 53)
"""Larger counts are not whole numbers any more."""


def inefficiency(loads: Iterable[Load], quantile: float | None) -> float | None:
    """How many requests one independent request at the quantile is worth, over all these loads; None if unknown."""
    key = f"{quantile:.10g}" if quantile is not None else ""
    known = ((_series(t.samples), _series(t.above.get(key))) for load in loads if (t := load.ticks))
    return statistics.inefficiency(
        (samples.astype(np.int64), above.astype(np.int64))
        for samples, above in known
        if samples is not None and above is not None and samples.shape == above.shape
    )


def stationary_share(loads: Iterable[Load]) -> float | None:
    """The share of loads that stayed at their level, of those that were long enough to judge; None if none was."""
    medians = (_series(load.ticks.median_ns) for load in loads if load.ticks)
    answers = [statistics.is_stationary(one[one > 0]) for one in medians if one is not None]
    known = [one for one in answers if one is not None]
    return sum(known) / len(known) if known else None


def _series(found: Sequence[int] | None) -> Numbers | None:
    """Numbers from 0, one a tick; None where there are none, or larger ones than are whole."""
    if found is None or not all(n <= _LARGEST for n in found):
        return None
    return np.asarray(found, dtype=np.float64)
