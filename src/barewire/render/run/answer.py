"""The report's first sentences: overheads, networks that could not be measured, and whether the run is complete.

Sentences are made from cells and verdicts only; where the data cannot carry one, the sentence says that instead. With
many networks only the ends of the ranking are named: the table has the rest.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from barewire import workloads
from barewire.records import Cell
from barewire.render import verdicts
from barewire.render.run import conclusion, counted, counters, knees, overhead
from barewire.render.run.data import ReportData
from barewire.results import words
from barewire.results.answer import Column

_NAMED = 4
"""Up to so many networks the answer names each with its overhead."""

_MEDIAN = "at the median"

_CLAUSES = {
    "equivalent": "{names} {are} equivalent to the host within {margin}",
    "no-difference-found": "no difference was found for {names}{bound}",
    "below-noise-floor": "for {names} the difference is no larger than what the host differs from itself by",
    "saturated": "{names} {are} saturated: this rate was not carried",
    "inconclusive": "nothing can be concluded for {names}, the machine was too noisy",
}
"""Clauses for networks that are neither slower nor faster, in this order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headline` answers; `clock`, `unmeasured`, `noise`, `partial` and `drops` are sentences, or empty.

    `clock` is to be read before any number; under a counted clock `noise` describes the spread over layouts.
    """

    clock: str
    headline: str
    unmeasured: str
    noise: str
    partial: str
    drops: str


def answer(data: ReportData) -> Answer:
    """The first sentences of every report."""
    noise = counted.spread(data) or " ".join(
        filter(None, (_noise(data), conclusion.detectable(data), conclusion.dependence(data)))
    )
    return Answer(
        counted.banner(data),
        _headline(data),
        _unmeasured(data),
        " ".join(filter(None, (knees.sentence(data), noise))),
        " ".join(filter(None, (knees.uncertain(data), _partial(data)))),
        counters.named_drops(data),
    )


def repeat_command(data: ReportData) -> str:
    """The command that repeats the study, with its seed, whether or not it was given."""
    command = data.run.command
    if data.run.seed is None or "--seed" in command or not command:
        return command
    return f"{command} --seed {data.run.seed}"


def _headline(data: ReportData) -> str:
    column = overhead.answer_column(data)
    if column is None:
        return "Nothing can be said yet: no block has been measured far enough to compare anything with the host."
    if concluded := conclusion.headline(data):
        return concluded
    host = overhead.answer_cell(data, data.baseline)
    found = {n.name: overhead.answer_cell(data, n.name) for n in overhead.ranked(data)}
    cells = [cell for cell in found.values() if cell]
    absent = [name for name, cell in found.items() if not cell]
    where = _where(data, column)
    if not cells:
        return f"{where} only the host has been measured: {_alone(host)}."
    slower = [c for c in cells if c.verdict == "slower"]
    faster = [c for c in cells if c.verdict == "faster"]
    open_ = [c for c in cells if c.verdict == "unsupported"]
    unpaired = [c.network for c in open_ if not c.n and not c.unsupported]
    unknown = [c for c in open_ if c.n or c.unsupported]
    what = f" {_MEDIAN}" if column.metric == "latency" else ""
    clauses = []
    if host and host.metric == words.INSTRUCTIONS:
        clauses.append(f"the host takes {words.instructions(host.value, host.load)}")
    if slower:
        clauses.append(_costs(slower, what))
    if faster:
        counted = host is not None and host.metric == words.INSTRUCTIONS
        fewer = " against the host, so fewer" if counted else f" {_are(faster)} faster than the host"
        clauses.append(words.listing([_with_overhead(c) for c in faster]) + fewer)
    clauses += _undecided(data, cells)
    if unpaired:
        clauses.append(f"no block compares {words.listing(unpaired)} with the host yet")
    if absent:
        clauses.append(f"there is no value of {words.listing(absent)}")
    if unknown:
        clauses.append(f"there is no interval for {verdicts.without_interval(unknown)}")
    return f"{where}, {'; '.join(clauses)}."


def _where(data: ReportData, column: Column) -> str:
    """The first words: which load the answer is about."""
    key = overhead.answer_load(data)
    if key is None:
        size = f" (responses of {words.size(column.response_bytes)})" if column.response_bytes else ""
        detail = workloads.by_load(column.load).remark(column.load)
        which = f" ({detail})" if detail else ""
        what = words.METRICS[column.metric]
        if column.metric == words.INSTRUCTIONS:
            what = f"instructions per {words.per(column.load)}"
        return f"In {what}{size}{which}"
    details = [words.value(key.offered_per_s, "1/s")] if key.offered_per_s else []
    details.append(f"responses of {words.size(key.response_bytes)}")
    return f"{'With' if key.sequential else 'At'} {key.where} ({', '.join(details)})"


def _alone(host: Cell | None) -> str:
    if host is None:
        return "nothing else is known"
    if host.metric == words.INSTRUCTIONS:
        return f"it takes {words.instructions(host.value, host.load)}"
    if host.metric == "latency":
        return f"its median latency is {words.value(host.value, host.unit)}"
    return f"it has {words.value(host.value, host.unit)}"


def _undecided(data: ReportData, cells: list[Cell]) -> list[str]:
    """Clauses for the networks that are neither slower nor faster, each claim with its bound."""
    clauses = []
    for said, text in _CLAUSES.items():
        named = [cell for cell in cells if cell.verdict == said]
        if not named:
            continue
        names = [cell.network for cell in named]
        known = [c for c in named if c.detectable is not None]
        could = conclusion.size(max((c.detectable or 0.0 for c in known), default=None), named[0])
        bound = f" (one of {could} would have been)" if known and not data.counted else ""
        clauses.append(
            text.format(
                names=words.listing(names),
                are=_are(names),
                margin=f"{data.summary.margin * 100:g}{words.JOIN}%",
                bound=bound,
            )
        )
    return clauses


def _costs(slower: list[Cell], what: str) -> str:
    first = f"{slower[0].network} costs {verdicts.overhead_with_interval(slower[0])}{what}"
    if len(slower) == 1:
        return first
    if len(slower) <= _NAMED:
        return f"{first}, {words.listing([_with_overhead(c) for c in slower[1:]])}"
    best, most = slower[0], slower[-1]
    them = "networks that take more" if best.metric == words.INSTRUCTIONS else "slower networks"
    return (
        f"{best.network} costs least of {len(slower)} {them}, {verdicts.overhead_with_interval(best)}{what}, "
        f"and {most.network} most, {verdicts.overhead_with_interval(most)}"
    )


def _unmeasured(data: ReportData) -> str:
    by_reason: dict[str, list[str]] = {}
    for network in data.unmeasured:
        by_reason.setdefault((network.reason or "no reason was recorded").rstrip("."), []).append(network.name)
    where = "on this kernel" if data.counted else "here"
    clauses = [f"{words.listing(names)} could not be measured {where}: {reason}" for reason, names in by_reason.items()]
    return "; ".join(clauses) + "." if clauses else ""


def _noise(data: ReportData) -> str:
    column = overhead.answer_column(data)
    floor = data.floors.get((column.load, column.response_bytes, column.metric, column.quantile)) if column else None
    if column is None or floor is None or floor.floor is None or floor.floor <= 0:
        return ""
    what = "at the median of this load" if column.metric == "latency" else f"in {words.METRICS[column.metric]}"
    return (
        f"The noise floor {what} is {words.floor(floor.floor)}: "
        "the host differs from itself by as much, and a smaller difference is not called slower or faster."
    )


def _partial(data: ReportData) -> str:
    if data.summary.complete:
        return ""
    blocks = data.run.plan.get("blocks")
    planned = f" of {blocks}" if isinstance(blocks, int) else ""
    valid = sum(t.valid for t in data.trials)
    return (
        f"This run is partial: {words.count(data.summary.blocks, 'block')}{planned} can be compared, from "
        f"{words.count(valid, 'valid trial')}. Intervals are wider than planned, or missing. "
        f"barewire study --resume {shlex.quote(str(data.path))} goes on."
    )


def _with_overhead(cell: Cell) -> str:
    return f"{cell.network} {verdicts.overhead_with_interval(cell)}"


def _are(things: list[Cell] | list[str]) -> str:
    return "is" if len(things) == 1 else "are"
