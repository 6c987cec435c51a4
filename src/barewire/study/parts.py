"""Loss split by part: what one transport costs more than another, everything else being the same, and likewise one way to attach.

Networks that differ in exactly one of their parts are compared with each other, block by block and not by way of the host, so
the host's noise stays out. `from` is the one that the plan names first (the host comes before all); which of the two is "the
cost" is for the reader to say. Options count: `ipvlan:l2` and `ipvlan:l3` are different ways to attach.

Intervals of all pairs in one column hold together, as those of the networks do. Limit: a transport that goes only with its own
way to attach cannot be separated from it, and no pair says anything about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from barewire.runs import comparison
from barewire.runs.analysis import OBJECTS, Run, metrics_of
from barewire.statistics import CONFIDENCE
from barewire.study.cells import bounded, compared, joint_confidence, judged
from barewire.study.plan import margin_of

PARTS = ("attach", "transport", "enforce")


@dataclass(frozen=True, slots=True)
class Change:
    """Two measured networks that differ in `part` alone: from `before` (in `source`) to `after` (in `network`)."""

    part: str
    before: str
    after: str
    source: str
    network: str
    given: tuple[str, ...]


def changes(run: Run) -> tuple[Change, ...]:
    """Every pair of measured networks that differ in one part, in the order of the plan."""
    of = {n["name"]: n["parts"] for n in run.record["networks"]}
    found = []
    for source, network in combinations(run.measured, 2):
        different = [part for part in PARTS if of[source].get(part) != of[network].get(part)]
        if len(different) == 1:
            (part,) = different
            given = tuple(of[source][other] for other in PARTS if other != part and of[source].get(other))
            found.append(Change(part, of[source][part], of[network][part], source, network, given))
    return tuple(found)


def summarise(run: Run, confidence: float = CONFIDENCE) -> Iterator[dict[str, Any]]:
    """`parts` of `summary.json`: an entry for each change, load, metric and quantile that there is an interval for."""
    pairs = changes(run)
    for load in run.loads if pairs else ():
        floors = comparison.noise(run, load)
        sides = [comparison.between(run, change.network, change.source, load) for change in pairs]
        for metric, quantile in metrics_of(load):
            if metric is OBJECTS:
                continue
            evidence = [side.evidence(metric, quantile, confidence) for side in sides]
            joint = joint_confidence(evidence, confidence)
            noise = floors.evidence(metric, quantile, confidence)
            floor = comparison.floor(run, noise.ratio(confidence) if noise else None)
            family = sum(map(bounded, evidence))
            for change, found in zip(pairs, evidence, strict=True):
                if not found or not bounded(found):
                    continue
                yield {
                    "part": change.part,
                    "from": change.before,
                    "to": change.after,
                    "given": list(change.given),
                    "from_network": change.source,
                    "to_network": change.network,
                    "load": load.load,
                    "response_bytes": load.response_bytes,
                    "metric": metric.name,
                    "quantile": quantile,
                    "unit": metric.unit,
                    **compared(found, joint, confidence),
                    "n": found.n,
                    **judged(metric, found.ratio(joint), joint, floor, margin_of(run.record)),
                    "family": family,
                }
