"""Within trials: how many independent requests their requests are worth, and whether they kept their latency.

Read from `ticks` of a load's record. A run that was written without them, or whose loads had too few ticks, has
nothing to say here, and its samples are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from barewire import statistics


def inefficiency(records: Iterable[Mapping[str, Any]], quantile: float | None) -> float | None:
    """How many requests one independent request at the quantile is worth, over all these loads; None if unknown."""
    key = f"{quantile:.10g}" if quantile is not None else ""
    known = [r["ticks"] for r in records if key in r.get("ticks", {}).get("above", {})]
    return statistics.inefficiency(
        (np.asarray(i["samples"], dtype=np.int64), np.asarray(i["above"][key], dtype=np.int64)) for i in known
    )


def stationary_share(records: Iterable[Mapping[str, Any]]) -> float | None:
    """The share of loads that stayed at their level, of those that were long enough to tell; None if none was."""
    medians = [np.asarray(r["ticks"]["median_ns"], dtype=np.float64) for r in records if "ticks" in r]
    told = [statistics.is_stationary(one[one > 0]) for one in medians]
    known = [one for one in told if one is not None]
    return sum(known) / len(known) if known else None
