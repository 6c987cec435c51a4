"""Names of loads at a rate: `50%` of what all networks are offered alike, `own-50%` of each network's own maximum."""

from __future__ import annotations

OWN = "own-"


def is_own(load: str) -> bool:
    """Whether a load is a share of each network's own maximum rate, so that networks are offered different rates."""
    return load.startswith(OWN)


def percent(load: str) -> float:
    """50 for `50%` and for `own-50%`; 0 for loads that are no share."""
    share = load.removeprefix(OWN).removesuffix("%").strip()
    return float(share) if share.replace(".", "", 1).isdigit() else 0.0


def distance(load: str, wanted: float = 50.0) -> tuple[bool, float]:
    """Smallest for the load that an answer is about: offered to all networks alike, nearest to half of the maximum."""
    return (is_own(load), abs(percent(load) - wanted))
