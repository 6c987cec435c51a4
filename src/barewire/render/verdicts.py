"""Cells and verdicts in words, the same on a terminal, in Markdown and on pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from barewire.records import Cell, PartCost
from barewire.results import waits, words

VERDICTS: Mapping[str, str] = {
    "slower": "slower than the host",
    "faster": "faster than the host",
    "equivalent": "equivalent to the host: the whole interval lies within the margin",
    "no-difference-found": "no difference found: the interval contains 0",
    "below-noise-floor": "below the noise floor: the interval excludes 0, but the host differs from itself as much",
    "saturated": "saturated: the network did not carry the offered rate, so a latency says nothing here",
    "inconclusive": "inconclusive: the noise would have hidden even a large difference",
    "unsupported": "unsupported: too few blocks or samples for an interval",
}

COUNTED_VERDICTS: Mapping[str, str] = {
    "slower": "takes more instructions than the host",
    "faster": "takes fewer instructions than the host",
    "no-difference-found": "no difference found: the interval over layouts contains 0",
    "below-noise-floor": "below the noise: the host differs from itself as much over layouts",
    "unsupported": "unsupported: too few layouts for an interval",
}

LABELS: Mapping[str, str] = {
    "equivalent": "equivalent",
    "no-difference-found": "no difference found",
    "below-noise-floor": "below the noise",
    "saturated": "saturated",
    "unlike-rates": "unlike rates",
    "inconclusive": "inconclusive",
    "unsupported": "unsupported",
}
"""What stands in a table below the number of a cell that is neither slower nor faster."""

SHORT_LABELS: Mapping[str, str] = {
    "equivalent": f"≈{words.JOIN}host",
    "no-difference-found": "none found",
    "below-noise-floor": "in the noise",
}
"""The same on a narrow terminal, where they are shorter. The sign of equality belongs to `equivalent` alone."""

PLAIN = frozenset({"packet_loss", "objects_per_node"})
"""Metrics whose value is shown alone where there is no ratio: most hosts lose no packet and hold no object, and nothing is a
multiple of 0."""


IN_UNITS = frozenset({words.INSTRUCTIONS, "latency", "wire_latency", "cpu_per_request", "setup_time"})
"""Metrics whose difference stands beside the overhead: a network adds about as many microseconds or instructions whatever the
host takes, while the percentage depends on how little client and server do."""


def cell_value(cell: Cell) -> str:
    """A cell's value with its unit."""
    return words.value(cell.value, words.unit_shown(cell.metric, cell.unit))


def overhead_with_interval(cell: Cell) -> str:
    """`+54.0 % [+50.1…+58.9 %]`."""
    bounds = words.interval(cell.low, cell.high)
    return f"{words.overhead(cell.ratio)} [{bounds}]" if bounds else words.overhead(cell.ratio)


def added(cell: Cell | PartCost) -> str:
    """What a network adds in the metric's unit, `+14.7 µs`; empty for metrics that it adds nothing to, like rates."""
    return words.difference(cell.difference, cell.unit) if cell.metric in IN_UNITS and cell.ratio is not None else ""


def verdict(cell: Cell, *, counted: bool = False) -> str:
    """A verdict in words; a `counted` run has no noise floor but what the host differs from itself by over layouts."""
    of_layouts = counted and cell.verdict in ("no-difference-found", "below-noise-floor")
    if (cell.metric == words.INSTRUCTIONS and cell.verdict in COUNTED_VERDICTS) or of_layouts:
        return COUNTED_VERDICTS[cell.verdict]
    return VERDICTS[cell.verdict]


def without_interval(cells: Iterable[Cell]) -> str:
    """Networks that have no interval, each with the reason in short: `ptp and docker (requests were late together)`."""
    named: dict[str, list[str]] = {}
    for cell in cells:
        named.setdefault((cell.unsupported or "too few blocks or samples").split(" (")[0], []).append(cell.network)
    return "; ".join(f"{words.listing(names)} ({why})" for why, names in named.items())


def idle(cell: Cell | PartCost) -> str:
    """`idle 43 %` for a cell of the counted clock whose load waited for something; empty for all others."""
    share = cell.idle_share if isinstance(cell, Cell) else None
    return (
        f"idle{words.JOIN}{share * 100:.0f}{words.JOIN}%"
        if share is not None and waits.waited(cell.load, share)
        else ""
    )


def label(verdict: str, *, short: bool = False) -> str:
    """A verdict below a number; empty for a difference, which the number itself states."""
    found = LABELS.get(verdict, "")
    return SHORT_LABELS.get(verdict, found) if short else found


def sentence(cell: Cell, confidence: float, *, counted: bool = False) -> str:
    """A cell in full, for hovering and for screen readers; in a `counted` run blocks are layouts and times are virtual."""
    unit = words.unit_shown(cell.metric, cell.unit)
    parts = [f"{words.value(cell.value, unit)} against {words.value(cell.baseline_value, unit)} on the host"]
    if cell.metric == words.INSTRUCTIONS:
        parts[0] = (
            f"{words.instructions(cell.value, cell.load)} against {words.instruction_count(cell.baseline_value or 0)} on the host"
        )
    bounds = words.interval(cell.low, cell.high)
    if cell.ratio is not None:
        parts.append(
            f"overhead {words.overhead(cell.ratio)}, {confidence * 100:g} % interval {bounds}{_together(cell)}"
            if bounds
            else f"overhead {words.overhead(cell.ratio)}, no interval"
        )
    if stated := words.difference(cell.difference, unit):
        within = words.difference_interval(*cell.difference_bounds, unit)
        parts.append(f"difference {stated}, interval {within}" if within else f"difference {stated}")
    if cell.disagree and cell.twin:
        other = words.interval(cell.twin.ratio_low, cell.twin.ratio_high)
        parts.append(
            f"some blocks are far from the others, so Hodges and Lehmann's method is shown; Student's t gives "
            f"{words.overhead(cell.twin.ratio)}, {other}"
        )
    parts.append(words.count(cell.n, "layout" if counted else "block"))
    if cell.samples:
        parts.append(words.count(cell.samples, "sample"))
    if cell.samples and cell.samples_effective and cell.samples_effective < 0.9 * cell.samples:
        parts.append(f"worth {words.thousands(cell.samples_effective)} independent ones")
    if cell.stationary is not None and cell.stationary < 0.9:
        parts.append(f"latency did not stay at its level in {(1 - cell.stationary) * 100:.0f} % of the trials")
    if cell.achieved_share is not None and cell.achieved_share < 0.99:
        parts.append(f"only {cell.achieved_share * 100:.1f} % of the offered rate was reached")
    if said := idle(cell):
        parts.append(f"{said} of the time, which is in times and not in instructions")
    if cell.saturated:
        parts.append(cell.saturated)
    if cell.detectable is not None and cell.verdict in ("no-difference-found", "inconclusive"):
        parts.append(f"a difference of {words.floor(cell.detectable)} would have been found in 80 % of such studies")
    parts.append(_last_word(cell, counted=counted))
    return "; ".join(parts)


def _last_word(cell: Cell, *, counted: bool) -> str:
    if cell.verdict == "unsupported" and cell.unsupported:
        return f"unsupported: {cell.unsupported}"
    if cell.verdict == "unsupported" and not cell.n:
        return "unsupported: no block compares it with the host yet"
    return verdict(cell, counted=counted)


def _together(cell: Cell) -> str:
    """What the shown interval holds together with."""
    if cell.family < 2 or cell.joint_low is None:
        return ""
    return f" together with the other {cell.family - 1} of this column"
