"""Scales with their ticks: nines, durations, overheads, amounts. A scale maps a value to a share of the axis, 0 to 1.

A logarithmic axis says so in its title, and ticks carry units, so that a figure can be read without its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10

from barewire.results import words

LOG = "log scale"
_MOST_TICKS = 6
_OVERHEAD_TICKS = (
    *(0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1, 1.01, 1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3),
    *(4, 5, 7, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000),
)  # fmt: skip
_WIDEST_LOG = 16.0
"""Decades; values from a damaged run must not make an axis endless."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high` with `ticks` (value and text)."""

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    def position(self, value: float) -> float:
        """Where a value is between the ends, 0 to 1; values beyond an end are drawn at it."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = log10(low), log10(high), log10(max(value, 1e-300))
        return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5

    @property
    def label(self) -> str:
        """The title; a logarithmic axis says what it is."""
        return f"{self.title} ({LOG})" if self.log and self.title else self.title


def nines(samples: Iterable[int]) -> Scale:
    """The axis 1 / (1 - q) with a tick for each nine, as far as the samples go."""
    most = max(samples, default=10)
    names = [(2, "50"), (10, "90"), (100, "99"), (1000, "99.9"), (10**4, "99.99"), (10**5, "99.999")]
    names += [(10**6, "99.9999"), (10**7, "99.99999")]
    shown = [(float(x), f"{text}{words.JOIN}%") for x, text in names if x <= most * 1.5] or [(2.0, f"50{words.JOIN}%")]
    return Scale("percentile of requests", 1.0, max(most, 10) * 1.12, shown, log=True)


def durations(values_ns: Iterable[float], title: str) -> Scale:
    """A logarithmic axis of nanoseconds with ticks at round values and units that people read."""
    low, high = _decades(values_ns, (1.0, 10.0))
    room = max(0.04 * (high - low), 0.03)
    steps: Sequence[float] = (1, 2, 5) if high - low < 2.5 else (1, 3) if high - low < 3.5 else (1,)
    if high - low < 0.7:
        steps = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8)
    ticks = [s * 10.0**e for e in range(floor(low - room), floor(high + room) + 1) for s in steps]
    shown = [(t, _duration(t)) for t in ticks if low - room <= log10(t) <= high + room]
    return Scale(title, 10 ** (low - room), 10 ** (high + room), shown, log=True)


def overheads(ratios: Iterable[float], title: str) -> Scale:
    """A logarithmic axis of network / host with ticks in per cent; it always shows the host's 1."""
    low, high = _decades([*ratios, 1.0], (1.0, 1.0))
    room = max(0.06 * (high - low), 0.01)
    ticks = [t for t in _OVERHEAD_TICKS if low - room <= log10(t) <= high + room]
    shown = _thinned(ticks, (high - low + 2 * room) / 8)
    named = [(t, f"0{words.JOIN}%" if t == 1 else _change(t)) for t in shown]
    return Scale(title, 10 ** (low - room), 10 ** (high + room), named, log=True)


def amounts(most: float, unit: str, title: str) -> Scale:
    """A linear axis from 0 with a few round ticks, in a unit of `words.value`."""
    step = 10.0 ** floor(log10(most)) if most > 0 else 1.0
    step = next(s for s in (step / 5, step / 2, step, step * 2) if most / s <= _MOST_TICKS)
    ticks = [i * step for i in range(int(most / step + 1.05))]
    return Scale(title, 0.0, most * 1.05 or 1.0, [(t, "0" if t == 0 else _amount(t, unit)) for t in ticks])


def numbers(most: float, title: str) -> Scale:
    """A linear axis from 0 of plain numbers."""
    return amounts(most, "", title)


def _decades(values: Iterable[float], fallback: tuple[float, float]) -> tuple[float, float]:
    known = [v for v in values if v > 0] or list(fallback)
    low, high = log10(min(known)), log10(max(known))
    return max(low, high - _WIDEST_LOG), high


def _thinned(ticks: list[float], gap: float) -> list[float]:
    kept: list[float] = [1.0]
    for candidate in sorted(ticks, key=lambda t: abs(log10(t))):
        if all(abs(log10(candidate) - log10(other)) >= gap for other in kept):
            kept.append(candidate)
    return sorted(kept)


def _duration(ns: float) -> str:
    for unit, factor in (("ns", 1), ("µs", 10**3), ("ms", 10**6)):
        if ns < 999.5 * factor:
            return f"{ns / factor:.3g}{words.JOIN}{unit}"
    return f"{ns / 10**9:.3g}{words.JOIN}s"


def _amount(value: float, unit: str) -> str:
    if unit == words.INSTRUCTIONS:
        return words.value(value, unit).removesuffix(f"{words.JOIN}instr")
    number, _, text = words.value(value, unit).partition(words.JOIN)
    return f"{float(number):g}{words.JOIN}{text}" if text else number


def _change(ratio: float) -> str:
    return words.overhead(ratio).replace(f".0{words.JOIN}%", f"{words.JOIN}%")
