"""One load of a trial, as a plan has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One load of a trial. `share` is of the maximum rate, with `own` of the network's own (rate loads only); sizes are in
    bytes. One without `offloads` runs last, since the lab has none from then on."""

    load: str
    workload: str
    response_bytes: int | None = None
    share: float | None = None
    own: bool = False
    streams: int | None = None
    seed: int = 0
    offloads: bool = True
