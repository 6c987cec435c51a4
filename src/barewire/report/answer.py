"""The report's first sentences: what the networks cost, what could not be measured, how far the run got.

Sentences are made from cells and verdicts only; where the data cannot carry one, the sentence says that instead. With
many networks only the ends of the ranking are named: the table has the rest.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from barewire.report import counted, counters, loss
from barewire.report.data import ReportData
from barewire.runs import words
from barewire.runs.records import Cell

_NAMED = 4
"""Up to so many networks the answer names each with its loss."""

_MEDIAN = "at the median"

_UNDECIDED = {
    "equivalent": "{names} {are} equivalent to the host",
    "no-difference-found": "no difference was found for {names}",
    "below-noise-floor": "for {names} the difference is below the noise floor",
    "saturated": "{names} {are} saturated: they did not carry this rate",
    "inconclusive": "nothing can be concluded for {names}",
}
"""Clauses for networks that are neither slower nor faster, in this order."""

_HOPELESS = 1.5
"""A floor from which on even the worst networks are hardly told from the host."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headline` answers; `clock`, `unmeasured`, `noise`, `partial` and `drops` are sentences, or empty.

    `clock` is to be read before any number; under a counted clock `noise` tells of the spread over layouts.
    """

    clock: str
    headline: str
    unmeasured: str
    noise: str
    partial: str
    drops: str


def answer(data: ReportData) -> Answer:
    """The first sentences of every report."""
    noise = counted.spread(data) or _noise(data)
    return Answer(
        counted.banner(data), _headline(data), _unmeasured(data), noise, _partial(data), counters.named_drops(data)
    )


def repeat_command(data: ReportData) -> str:
    """The command that repeats the study, with its seed, whether or not it was given."""
    command = data.run.command if isinstance(data.run.command, str) else shlex.join(data.run.command)
    if data.run.seed is None or "--seed" in command or not command:
        return command
    return f"{command} --seed {data.run.seed}"


def _headline(data: ReportData) -> str:
    key = loss.answer_load(data)
    host = loss.answer_cell(data, data.baseline)
    if key is None:
        return "Nothing can be said yet: no block has been measured far enough to compare anything with the host."
    where = f"{'With' if key.sequential else 'At'} {key.where}"
    details = [words.value(key.offered_per_s, "1/s")] if key.offered_per_s else []
    where += f" ({', '.join([*details, f'answers of {words.size(key.response_bytes)}'])})"
    cells = [cell for n in loss.ranked(data) if (cell := loss.answer_cell(data, n.name))]
    what = _measure(data)
    if not cells:
        has = "nothing else is known"
        if host:
            has = f"its median latency is {words.value(host.value, host.unit)}"
        if host and host.metric == words.INSTRUCTIONS:
            has = f"it takes {words.instructions(host.value, host.load)}"
        return f"{where} only the host has been measured: {has}."
    slower = [c for c in cells if c.verdict == "slower"]
    faster = [c for c in cells if c.verdict == "faster"]
    grouped = {said: [c.network for c in cells if c.verdict == said] for said in _UNDECIDED}
    unpaired = [c.network for c in cells if c.verdict == "unsupported" and c.n == 0]
    unknown = [c.network for c in cells if c.verdict == "unsupported" and c.n]
    clauses = []
    if host and host.metric == words.INSTRUCTIONS:
        clauses.append(f"the host takes {words.instructions(host.value, host.load)}")
    if slower:
        clauses.append(_costs(slower, what))
    if faster:
        fewer = f" {_are(faster)} faster than the host" if what else " against the host, so fewer"
        clauses.append(words.listing([_with_loss(c) for c in faster]) + fewer)
    clauses += [
        told.format(names=words.listing(g), are=_are(g)) for said, told in _UNDECIDED.items() if (g := grouped[said])
    ]
    if unpaired:
        clauses.append(f"no block compares {words.listing(unpaired)} with the host yet")
    if unknown:
        clauses.append(
            f"for {words.listing(unknown)} there are too few {'layouts' if data.counted else 'samples'} to tell"
        )
    return f"{where}, {'; '.join(clauses)}."


def _measure(data: ReportData) -> str:
    column = loss.answer_column(data)
    return "" if column and column.metric == words.INSTRUCTIONS else f" {_MEDIAN}"


def _costs(slower: list[Cell], what: str) -> str:
    first = f"{slower[0].network} costs {words.loss_with_interval(slower[0])}{what}"
    if len(slower) == 1:
        return first
    if len(slower) <= _NAMED:
        return f"{first}, {words.listing([_with_loss(c) for c in slower[1:]])}"
    best, most = slower[0], slower[-1]
    them = "slower networks" if what else "networks that take more"
    return (
        f"{best.network} costs least of {len(slower)} {them}, {words.loss_with_interval(best)}{what}, "
        f"and {most.network} most, {words.loss_with_interval(most)}"
    )


def _unmeasured(data: ReportData) -> str:
    by_reason: dict[str, list[str]] = {}
    for network in data.unmeasured:
        by_reason.setdefault((network.reason or "no reason was recorded").rstrip("."), []).append(network.name)
    where = "on this kernel" if data.counted else "here"
    clauses = [f"{words.listing(names)} could not be measured {where}: {reason}" for reason, names in by_reason.items()]
    return "; ".join(clauses) + "." if clauses else ""


def _noise(data: ReportData) -> str:
    key = loss.answer_load(data)
    floor = data.floors.get((key.load, key.response_bytes, "latency", 0.5)) if key else None
    if key is None or floor is None or floor.floor is None or floor.floor <= 0:
        return ""
    text = (
        f"The noise floor at the median of this load is {words.floor(floor.floor)}: "
        "the host differs from itself by as much, and a smaller difference is not called slower or faster."
    )
    if floor.floor >= _HOPELESS:
        text += " With so high a floor this run can tell next to nothing: the machine was busy, or the study too short."
    return text


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


def _with_loss(cell: Cell) -> str:
    return f"{cell.network} {words.loss_with_interval(cell)}"


def _are(things: list[Cell] | list[str]) -> str:
    return "is" if len(things) == 1 else "are"
