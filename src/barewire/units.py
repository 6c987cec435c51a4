"""Quantities as people write them ("60s", "10gbit", "30%") and as programs keep them.

Internally every duration is an `int` of nanoseconds, every size an `int` of bytes, every bandwidth an `int` of bits per
second and every share a `float` from 0 to 1; the aliases below say which. Parsing is strict: a bare number without its
unit is refused, because half of the field's wrong results are a factor of 8 or 1000.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NewType

from barewire.errors import PlanError

JOIN = "\u00a0"
"""A space at which no line breaks."""

Nanoseconds = NewType("Nanoseconds", int)
Bytes = NewType("Bytes", int)
BitsPerSecond = NewType("BitsPerSecond", int)

_DURATIONS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
LONGEST_DELAY_NS = 10**9
_RATES = {"bit": 1, "kbit": 10**3, "mbit": 10**6, "gbit": 10**9, "tbit": 10**12}
_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zµ%]+)\s*", re.IGNORECASE)


def parse_duration(text: str) -> Nanoseconds:
    """`"60s"`, `"1.5ms"`, `"5m"` to nanoseconds."""
    return Nanoseconds(_parse(text, _DURATIONS, "duration", "60s"))


def parse_delay(text: str) -> Nanoseconds:
    """The one-way delay of a link: `tc` would cut what is left of a microsecond without a word."""
    delay = parse_duration(text)
    if delay > LONGEST_DELAY_NS:
        raise PlanError(f"a wire can delay by 1s at most (got {text}): the proof of a lab waits for 5 s")
    if delay % 1000:
        raise PlanError(f"a wire cannot delay by {text}: tc takes whole microseconds")
    return delay


def parse_bandwidth(text: str) -> BitsPerSecond:
    """`"10gbit"` to bits per second (SI: 1 kbit is 1000 bit, as in `tc`, which takes 0 for no limit and refuses less than 8)."""
    rate = _parse(text, _RATES, "bandwidth", "10gbit")
    if rate < 8:
        raise PlanError(f"a bandwidth must be at least 8bit, one byte a second (got {text})")
    return BitsPerSecond(rate)


def parse_share(text: str) -> float:
    """`"30%"` to 0.3."""
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] != "%":
        raise PlanError(f"{text!r} is not a share", remedy="Write it like 30%")
    return float(match[1]) / 100


def _parse(text: str, factors: dict[str, int], what: str, example: str) -> int:
    match = _QUANTITY.fullmatch(text)
    factor = factors.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise PlanError(f"{text!r} is not a {what}", remedy=f"Write it like {example}; units: {', '.join(factors)}")
    return round(float(match[1]) * factor)


def format_duration(ns: float) -> str:
    """Nanoseconds to three significant digits with the unit that fits: `41.8 µs`."""
    for unit, factor in (("ns", 1), ("µs", 10**3), ("ms", 10**6)):
        if abs(ns) < 999.5 * factor:
            return f"{_three(ns / factor)} {unit}"
    return f"{_three(ns / 10**9)} s"


def format_bandwidth(bits_per_s: float) -> str:
    """Bits per second to three significant digits: `9.41 Gbit/s`."""
    return _scaled(bits_per_s, "bit/s")


def format_rate(per_s: float) -> str:
    """Events per second: `88.0 k/s`."""
    return _scaled(per_s, "/s")


def format_share(share: float, places: int = 0) -> str:
    """A share of 1 in per cent: `0.934` to `93 %`."""
    return f"{share * 100:.{places}f} %"


def format_percent(ratio: float) -> str:
    """A ratio as a signed overhead: `1.54` to `+54.0 %`."""
    return f"{(ratio - 1) * 100:+.1f} %"


def format_utc(moment: datetime, places: str = "seconds") -> str:
    """A time in UTC as RFC 3339 writes it, like `2026-01-31T10:05:00Z`; `places` as `timespec` of `isoformat`."""
    return moment.astimezone(UTC).isoformat(timespec=places).replace("+00:00", "Z")


def _scaled(value: float, unit: str) -> str:
    for prefix, factor in (("", 1), ("k", 10**3), ("M", 10**6)):
        if abs(value) < 999.5 * factor:
            return f"{_three(value / factor)} {prefix}{unit}"
    return f"{_three(value / 10**9)} G{unit}"


def _three(value: float) -> str:
    if value == 0:
        return "0"
    digits = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    return f"{value:.{digits}f}"
