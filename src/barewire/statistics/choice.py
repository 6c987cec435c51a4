"""Choose the interval to show: Student's t, unless Hodges-Lehmann disagrees with it.

They disagree when their centres are further apart than half of what the narrower one reaches to either side. A single wild
block moves a mean by about 0.4 of its own interval, however wild it is, because it widens that interval as much: measured
against the wider of the two it would never be noticed. Then Hodges-Lehmann is shown and the cell is flagged; t stays beside
it as the twin. The rule looks at the blocks' numbers and at nothing else, and is the same for every network.

With fewer than 6 blocks, or for a confidence that so few blocks cannot give by ranks, t stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from barewire.statistics.hodges_lehmann import hodges_lehmann
from barewire.statistics.interval import CONFIDENCE, Estimate
from barewire.statistics.paired_t import paired_t

DISAGREEMENT = 0.5
_ROUNDING = 1e-9
"""Blocks that are counted may agree to the last digit: then intervals have no width, and centres are apart by rounding alone."""

Method = Literal["paired-t", "hodges-lehmann"]


@dataclass(frozen=True, slots=True)
class Paired:
    """Both methods on one set of numbers; `disagree` says that they do, and `method` which is shown."""

    t: Estimate
    ranks: Estimate
    disagree: bool

    @property
    def method(self) -> Method:
        return "hodges-lehmann" if self.disagree else "paired-t"

    @property
    def shown(self) -> Estimate:
        return self.ranks if self.disagree else self.t

    @property
    def twin(self) -> Estimate:
        """The other."""
        return self.t if self.disagree else self.ranks


def paired(values: Sequence[float], confidence: float = CONFIDENCE) -> Paired | None:
    """Both methods and the choice; None without values."""
    t, ranks = paired_t(values, confidence), hodges_lehmann(values, confidence)
    if t is None or ranks is None:
        return None
    apart = abs(t.value - ranks.value)
    return Paired(t, ranks, ranks.low is not None and apart > _ROUNDING + DISAGREEMENT * min(t.half, ranks.half))


def estimate_by(method: Method, values: Sequence[float], confidence: float) -> Estimate | None:
    """The interval of the method that was chosen at another confidence; t's where so few blocks have none by ranks."""
    ranks = hodges_lehmann(values, confidence) if method == "hodges-lehmann" else None
    return ranks if ranks and ranks.low is not None else paired_t(values, confidence)
