"""Within trials: how many independent requests their requests are worth, and whether they kept their latency.

Read from `ticks` of a load's record. A run that was written without them, or whose loads had too few ticks, has
nothing to say here, and its samples are taken as they are. So it is with ticks that are no series of numbers: loads are
open to what others write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barewire import statistics

Numbers = NDArray[np.float64]
_LARGEST = float(1 << 53)
"""Larger counts are not whole numbers any more."""


def inefficiency(records: Iterable[Mapping[str, Any]], quantile: float | None) -> float | None:
    """How many requests one independent request at the quantile is worth, over all these loads; None if unknown."""
    key = f"{quantile:.10g}" if quantile is not None else ""
    known = ((_series(r, "samples"), _series(r, "above", key)) for r in records)
    return statistics.inefficiency(
        (samples.astype(np.int64), above.astype(np.int64))
        for samples, above in known
        if samples is not None and above is not None and samples.shape == above.shape
    )


def stationary_share(records: Iterable[Mapping[str, Any]]) -> float | None:
    """The share of loads that stayed at their level, of those that were long enough to judge; None if none was."""
    medians = (_series(r, "median_ns") for r in records)
    answers = [statistics.is_stationary(one[one > 0]) for one in medians if one is not None]
    known = [one for one in answers if one is not None]
    return sum(known) / len(known) if known else None


def _series(record: Mapping[str, Any], *path: str) -> Numbers | None:
    """Numbers from 0, one a tick; None where there are none."""
    found: Any = record.get("ticks")
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, list | tuple) or not all(isinstance(n, int | float) for n in found):
        return None
    if not all(0 <= n <= _LARGEST for n in found):
        return None
    return np.asarray(found, dtype=np.float64)
