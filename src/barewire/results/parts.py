"""Overhead by part: what one transport costs more than another, everything else being the same, and likewise one way to attach.

Networks that differ in exactly one of their parts are compared with each other, block by block and not by way of the host, so
the host's noise stays out. `from` is the one that the plan names first (the host comes before all); which of the two is "the
cost" is for the reader to say. Options count: `ipvlan:l2` and `ipvlan:l3` are different ways to attach.

A network that puts rules on its nodes (docker's NAT, flannel's forward and masquerade chains) is also compared with the
host's own network under the same rules, where that is measured (`host/docker`, `host/flannel`): part `network`, attach
and transport together. With the host against that one (part `policy`) it splits the network's overhead into what the rules
cost every process of the node and what the network itself costs.

Intervals of all pairs in one column hold together, as those of the networks do. Limit: a transport that goes only with its own
way to attach cannot be separated from it, and no pair says anything about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from barewire.networks.part import NO_RULES
from barewire.records import NetworkRecord, PartCost
from barewire.results import overhead, saturation
from barewire.results.analysis import Run, metrics_of
from barewire.results.cells import bounded, compared, joint_confidence, judged, margin_of
from barewire.statistics import CONFIDENCE
from barewire.workloads.definition.metric import LATENCY, OBJECTS, WIRE_LATENCY

PARTS = ("attach", "transport", "policy")
NETWORK = "network"
"""The name of attach and transport together."""

HOST_PARTS = ("host", "direct")


@dataclass(frozen=True, slots=True)
class PartChange:
    """Two measured networks that differ in `part` alone: from `before` (in `source`) to `after` (in `network`);
    `network` as a part is attach and transport under the same rules."""

    part: str
    before: str
    after: str
    source: str
    network: str
    given: tuple[str, ...]


def changes(run: Run) -> tuple[PartChange, ...]:
    """Every pair of measured networks that differ in one part, in the order of the plan; then every network with rules
    against the host's own network with the same."""
    return (*_single(run), *_ruled(run))


def _single(run: Run) -> Iterator[PartChange]:
    of = {n.name: n.parts for n in run.record.networks}
    for source, network in combinations(run.measured, 2):
        different = [part for part in PARTS if of[source].get(part) != of[network].get(part)]
        if len(different) == 1:
            (part,) = different
            given = tuple(of[source][other] for other in PARTS if other != part and of[source].get(other))
            yield PartChange(part, of[source][part], of[network][part], source, network, given)


def _ruled(run: Run) -> Iterator[PartChange]:
    records = {n.name: n for n in run.record.networks if n.parts}  # what others built has none that are known
    hosts: dict[str, str] = {}
    for name in filter(records.get, run.measured):
        if _joined(records[name]) == HOST_PARTS and _rules(records[name]) != NO_RULES:
            hosts.setdefault(_rules(records[name]), name)
    for name in filter(records.get, run.measured):
        rules, joined = _rules(records[name]), _joined(records[name])
        if rules in hosts and joined != HOST_PARTS:
            yield PartChange(NETWORK, "+".join(HOST_PARTS), "+".join(joined), hosts[rules], name, (rules,))


def _joined(network: NetworkRecord) -> tuple[str, str]:
    return network.parts["attach"], network.parts["transport"]


def _rules(network: NetworkRecord) -> str:
    """Runs of earlier versions name no rules; their nodes had none but docker's, and no host to compare them with."""
    return network.rules if network.rules is not None else network.parts["policy"]


def summarise(run: Run, confidence: float = CONFIDENCE) -> Iterator[PartCost]:
    """`parts` of `summary.json`: an entry for each change, load, metric and quantile that there is an interval for."""
    pairs = changes(run)
    for load in run.loads if pairs else ():
        floors = overhead.noise(run, load)
        sides = [overhead.between(run, change.network, change.source, load) for change in pairs]
        for metric, quantile in metrics_of(load):
            if metric is OBJECTS:
                continue
            # A pair says nothing where one of the two did not carry its rate.
            evidence = [
                None
                if metric in (LATENCY, WIRE_LATENCY)
                and any(saturation.reason(run, name, load) for name in (change.source, change.network))
                else side.evidence(metric, quantile, confidence)
                for change, side in zip(pairs, sides, strict=True)
            ]
            joint = joint_confidence(evidence, confidence)
            noise = floors.evidence(metric, quantile, confidence)
            floor = overhead.floor(run, load, noise.ratio(confidence) if noise else None)
            family = sum(map(bounded, evidence))
            for change, found in zip(pairs, evidence, strict=True):
                if not found or not bounded(found):
                    continue
                yield PartCost(
                    part=change.part,
                    before=change.before,
                    after=change.after,
                    given=change.given,
                    from_network=change.source,
                    to_network=change.network,
                    load=load.load,
                    response_bytes=load.response_bytes,
                    metric=metric.name,
                    quantile=quantile,
                    unit=metric.unit,
                    **compared(found, joint, confidence),
                    n=found.n,
                    **judged(metric, found.ratio(joint), joint, floor, margin_of(run.record)),
                    family=family,
                )
