"""Overhead in two parts: the cost of the rules on a network's nodes for every process there, and that of the network itself.

Rules (docker's NAT, flannel's forward and masquerade chains) turn connection tracking on for the whole node, so a process
on the host's own network pays for them too. Where that was measured (`host/docker`, `host/flannel`), a network's
overhead is the sum of the two, in the metric that the answer is about. A sum of differences that noise may have made is none:
where one of the three comparisons found nothing, that is what is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from barewire import statistics
from barewire.records import Cell, PartCost
from barewire.render import verdicts
from barewire.render.run import overhead
from barewire.render.run.data import ReportData
from barewire.results import words
from barewire.results.parts import NETWORK

_SPLITTABLE = statistics.DIFFERENT | {"equivalent"}


@dataclass(frozen=True, slots=True)
class Split:
    """A network's `total` against the host; `rules` is the host with the same rules against the host, `own` the network
    against that."""

    network: str
    total: Cell
    rules: Cell
    own: PartCost

    @property
    def remainder(self) -> float | None:
        """What the network adds to the rules, as a share of the host: with `rules` it makes up `total`."""
        if self.total.ratio is None or self.rules.ratio is None:
            return None
        return self.total.ratio - self.rules.ratio + 1

    @property
    def undecided(self) -> str:
        """The first of the three comparisons that has no verdict to build on, with what it has; empty where all have."""
        sides = (
            (f"{self.network} against the host", self.total.verdict),
            (f"{self.own.from_network} against the host", self.rules.verdict),
            (f"{self.network} against {self.own.from_network}", self.own.verdict),
        )
        return next((f"{what}: {said.replace('-', ' ')}" for what, said in sides if said not in _SPLITTABLE), "")


def splits(data: ReportData) -> tuple[Split, ...]:
    """One for each network whose rules were also measured on the host alone, in the order of the plan."""
    column = overhead.answer_column(data)
    if column is None:
        return ()
    found = []
    for own in data.summary.parts:
        which = (own.load, own.metric, own.response_bytes, own.quantile)
        if own.part != NETWORK or which != (column.load, column.metric, column.response_bytes, column.quantile):
            continue
        total, rules = data.cell(own.to_network, *which), data.cell(own.from_network, *which)
        if total and rules:
            found.append(Split(own.to_network, total, rules, own))
    return tuple(found)


def sentence(split: Split) -> str:
    """One network in full: the total, the part of the rules, and the rest, each with its interval."""
    rules, own = split.rules, split.own
    if split.undecided:
        return f"{split.network}: this run cannot split its overhead ({split.undecided})"
    return (
        f"{split.network}: {verdicts.overhead_with_interval(split.total)} in all. Its rules cost any process on its nodes "
        f"{verdicts.overhead_with_interval(rules)} ({own.from_network}); the network itself adds "
        f"{words.overhead(split.remainder)} of the host, {words.overhead(own.ratio)}{_bounds(own)} against {own.from_network}"
    )


def heading(data: ReportData) -> str:
    """What the split is in: the column that the answer is about."""
    column = overhead.answer_column(data)
    if column is None:
        return ""
    if column.metric == words.INSTRUCTIONS:
        what = f"{words.share(column.load)}, instructions per {words.per(column.load)}"
    else:
        what = f"{column.metric} {words.quantile(column.quantile or 0)}, {words.share(column.load)}"
    return f"Overhead split: rules on the nodes, and the network itself ({what})"


def _bounds(cost: PartCost) -> str:
    bounds = words.interval(cost.joint_low, cost.joint_high)
    return f" [{bounds}]" if bounds else ""
