"""What a run could have found, and what to do if it found nothing.

The answer is a column of cells, and `results.answer` knows whether any of them is decided. Otherwise the first sentence is
NO CONCLUSION, and `barewire study` exits with 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

from barewire import statistics
from barewire.records import Cell, Floor
from barewire.render import verdicts
from barewire.render.run import overhead
from barewire.render.run.data import ReportData
from barewire.results import answer, words
from barewire.workloads.definition import shares
from barewire.workloads.definition.metric import HIGHER_IS_BETTER

WANTED = 1.1
"""The difference for which the number of blocks is given: 10 %."""

_BLOCKS = 6
"""Of a study without options."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What the judged interval of a cell says of its blocks: the standard deviation of their log-ratios, and the confidence."""

    deviation: float
    confidence: float

    def blocks_for(self, ratio: float) -> int | None:
        """How many such blocks find `ratio`; None if it takes more than 1,000."""
        return statistics.blocks_for(ratio, self.deviation, self.confidence)


_HELD = ((20, 93), (10, 91), (0, 88))
"""Per cent of widened intervals that hold the truth, from so many dependent blocks up (docs/statistics.md)."""


def cells(data: ReportData) -> list[Cell]:
    """The answer's cell of every network that has been compared with the host, best to worst."""
    return list(answer.answer_cells(data.summary))


def headline(data: ReportData) -> str:
    """The sentences of a run that concludes nothing: why, and what to do. Empty for any other."""
    if not answer.is_open(data.summary):
        return ""
    found = cells(data)
    if why := answer.saturated_host(data.summary):
        return (
            f"NO CONCLUSION: the host itself did not carry the offered rate ({why}), so no network can be compared with it. "
            f"Offer less ({_less(data)}), or repeat the study on a quiet machine."
        )
    if max(cell.n for cell in found) == 1:
        one = "layout" if data.counted else "block"
        return (
            f"NO CONCLUSION: one {one} has no interval, so {_what(found[0])} of no network can be compared with the host. "
            f"Measure more {one}s (--blocks {_BLOCKS})."
        )
    noisy = any(cell.verdict == "inconclusive" for cell in found)
    if not noisy:
        none = verdicts.without_interval(cell for cell in found if cell.verdict == "unsupported")
        return f"NO CONCLUSION: there is no interval for {none}. {_remedy(data, found)}"
    return f"NO CONCLUSION: {_why(data, found)}. {_remedy(data, found)}"


def detectable(data: ReportData) -> str:
    """What this run could have found, and how many blocks would find 10 %; empty where that is not known."""
    known = [cell for cell in cells(data) if cell.detectable is not None]
    if not known or data.counted:
        return ""
    worst = max(known, key=lambda cell: cell.detectable or 0.0)
    best = min(known, key=lambda cell: cell.detectable or 0.0)
    sizes = [size(cell.detectable, cell) for cell in (best, worst)]
    found = sizes[0] if sizes[0] == sizes[1] else f"{sizes[0]} ({best.network}) to {sizes[1]} ({worst.network})"
    blocks = words.count(max(cell.n for cell in known), "block")
    needed = _needed(data, known)
    return f"With {blocks} this run could have found a difference of {found} in 80{words.JOIN}% of cases; {needed}."


def dependence(data: ReportData) -> str:
    """What is known of blocks that resemble the block before them; empty where independent ones would look alike."""
    found, blocks = data.summary.dependence, data.summary.blocks
    if data.counted or not found or not cells(data):
        return ""
    if not found.tested:
        if blocks >= statistics.FEWEST_TESTED or blocks < 2:
            return ""
        return (
            f"{words.count(blocks, 'block').capitalize()} cannot show whether blocks resemble each other; if they do, "
            "intervals are too narrow."
        )
    alike, worth = found.autocorrelation, found.effective_blocks
    if alike <= 0:
        return ""
    return (
        f"Blocks resemble the block before them (autocorrelation {alike:.2f}): {words.count(blocks, 'block')} are worth "
        f"{worth:.1f} independent ones, and intervals are wider for it.{_undercoverage(blocks)}"
    )


def _undercoverage(blocks: int) -> str:
    """How often widened intervals of few dependent blocks hold the truth, where that is less than they say."""
    held = next(share for fewest, share in _HELD if blocks >= fewest)
    return (
        f" Even so they are too narrow: in simulated studies with an autocorrelation of 0.6, 95{words.JOIN}% intervals of "
        f"{words.count(blocks, 'block')} held the truth in about {held}{words.JOIN}%."
    )


def _what(cell: Cell) -> str:
    """What the answer is given in."""
    if cell.metric == words.INSTRUCTIONS:
        return f"instructions per {words.per(cell.load)}"
    return "the median latency" if cell.metric == "latency" else words.METRICS.get(cell.metric, cell.metric)


def _less(data: ReportData) -> str:
    """An option that offers half of the answer's rate."""
    column = overhead.answer_column(data)
    share = shares.percent(column.load) / 2 if column else 0.0
    return f"{'--own-loads' if column and shares.is_own(column.load) else '--loads'} {share:g}%"


def size(ratio: float | None, cell: Cell) -> str:
    """A detectable ratio as the change for the worse: `12.0 %`, of a rate `10.7 %` less."""
    if ratio is None:
        return words.NOTHING
    if cell.metric in HIGHER_IS_BETTER:
        return words.overhead(1 / ratio).removeprefix(words.MINUS)
    return words.floor(ratio)


def spread(cell: Cell, confidence: float) -> Spread | None:
    """What the cell's interval says of its blocks; None without one."""
    if cell.low is None or cell.high is None or cell.low <= 0 or cell.n < 2:
        return None
    joint = statistics.each(cell.family, confidence) if cell.joint_low is not None else confidence
    half = log(cell.high / cell.low) / 2
    return Spread(half * sqrt(cell.n) / statistics.student_t(cell.n - 1, 0.5 + joint / 2), joint)


def _needed(data: ReportData, found: list[Cell]) -> str:
    needed = _blocks(data, found)
    ten = size(WANTED, found[0])
    if any(blocks is None for blocks in needed):
        return f"finding {ten} for every network would take more than {words.thousands(statistics.MOST_BLOCKS)} blocks"
    return f"finding {ten} for every network takes about {words.count(max(b for b in needed if b), 'block')}"


def _blocks(data: ReportData, found: list[Cell]) -> list[int | None]:
    """For each cell, and for the noise floor, how many blocks find 10 %: a difference must exceed its interval and the floor."""
    confidence = data.summary.confidence
    spreads = [spread(cell, confidence) for cell in found]
    if (floor := _floor(data)) and floor.ratio_low and floor.ratio_high and floor.n > 1:
        half = log(floor.ratio_high / floor.ratio_low) / 2
        deviation = half * sqrt(floor.n) / statistics.student_t(floor.n - 1, 0.5 + confidence / 2)
        spreads.append(Spread(deviation, confidence))
    return [one.blocks_for(WANTED) if one else None for one in spreads]


def _floor(data: ReportData) -> Floor | None:
    """The noise floor of the answer."""
    column = overhead.answer_column(data)
    return data.floors.get((column.load, column.response_bytes, column.metric, column.quantile)) if column else None


def _why(data: ReportData, found: list[Cell]) -> str:
    said = "this machine was too noisy"
    if (floor := _floor(data)) and floor.floor:
        return f"{said} (two runs of the host differ by up to {words.floor(floor.floor)})"
    return f"{said} (a network that costs half as much again could have been missed)"


def _remedy(data: ReportData, found: list[Cell]) -> str:
    needed = _blocks(data, found)
    longer = "--blocks and --budget" if None in needed else f"--blocks {max(filter(None, needed))}"
    more = f"Measure for longer ({longer}) or until the intervals are narrow enough (--until p50=5%)"
    if data.counted:
        return f"{more}."
    if data.run.environment.get("testbed", "local") not in ("local", "vm"):
        return f"{more}, while the machines are quiet."
    return f"{more}, on a quiet machine, or count instructions instead of time (--clock counted), which noise does not change."
