"""A trial of a counted study on this machine's own kernel and clock: every load runs, and its record is what the formats say.

What a clock that counts adds is the numbers' exactness, and that takes a VM (tests/vm); the loads are the same.
"""

from __future__ import annotations

import json
import os
from typing import Any

import jsonschema
import pytest

from barewire import schemas
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.records import RunRecord, plain
from barewire.results.analysis import Run
from barewire.results.counted import figures
from barewire.study.design import blocks
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.study.execution import conduct, trial
from barewire.study.execution.sources.labs import LabSource
from barewire.testbeds.local import LocalTestbed
from tests.support import generator
from tests.support import server as sources
from tests.support.records import trial_of

OTHERS = "drops outside the lab"
"""The rule that a trial breaks when a CPU of the machine drops packets, whosever they are."""

KINDS = ("tcp-rr", "udp-rr", "http-rr", "http-post", "tcp-crr", "tcp-stream", "udp-stream", "http-max")
PER = {
    "tcp-rr": "round trip", "udp-rr": "round trip", "http-rr": "round trip", "http-post": "round trip",
    "tcp-crr": "connection", "tcp-stream-1": "byte", "tcp-stream-1-no-offloads": "byte", "udp-stream": "packet",
    "http-max": "request",
}  # fmt: skip


@pytest.fixture(autouse=True)
def from_their_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sanitizers, and not those that happen to be installed."""
    monkeypatch.setenv("BAREWIRE_LOAD", str(generator.program()))
    monkeypatch.setenv("BAREWIRE_SERVE", str(sources.program()))


def plan(**more: object) -> StudyPlan:
    # Longer than counted loads are: a busy machine shall answer something within.
    return load_plan(
        None, {"clock": "counted", "networks": ["host", "ptp"], "seed": 5, "sizes": [100], "seconds": 0.5, **more}
    )


def measured(wanted: StudyPlan, network: Network, block: int = 1) -> dict[str, Any]:
    source = LabSource(wanted, LocalTestbed())
    site = conduct._site(source, {100: 2000.0})
    planned = next(t for t in blocks.block(wanted, ["host", "ptp"], block) if t.network == network.name)
    record = plain(trial.run(planned, wanted, source, site, 1).record)
    document = json.loads(json.dumps(record, allow_nan=False))
    jsonschema.Draft202012Validator(schemas.schema("trial")).validate(document)
    assert isinstance(document, dict) and {one["rule"] for one in document["rejected"]} <= {OTHERS}, document[
        "rejected"
    ]
    return document


@pytest.mark.parametrize("name", ["host", "ptp"])
def test_every_load_of_a_counted_trial_counts_something(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    found = measured(plan(workloads=list(KINDS)), network)
    assert {load["load"]: load["counted"]["instructions_per"] for load in found["loads"]} == PER
    for load in found["loads"]:
        counted = load["counted"]
        # A busy machine may have answered nothing in time; of packets the kernel's word on idle time is root's, and of one CPU.
        has_figure = counted["samples"] > 0 and (load["load"] != "udp-stream" or counted["idle_ns"] is not None)
        assert (counted["value"] is not None) == has_figure and (counted["value"] or 1) > 0
        assert counted["idle_ns"] is None or os.cpu_count() == 1
        assert "machine" not in load
    assert found["machine"]["seconds"] > 0
    counts = figures(Run(RunRecord("barewire/run/2"), [trial_of(found)]))
    # On a busy machine a trial may be rejected, and then counts nothing.
    assert found["rejected"] or {where[3] for where in counts} >= {"tcp-rr", "udp-rr", "http-rr", "http-post"}


def test_a_counted_rate_has_latencies_and_no_instructions() -> None:
    found = measured(plan(workloads=["http"], loads=["50%"]), catalogue.network(catalogue.parse("host")))
    [load] = found["loads"]
    assert (
        "counted" not in load
        and load["offered_per_s"] == 1000
        and load["exact"]["latency_ns"]["count"] == load["completed"]
    )


def test_a_lab_is_where_its_layout_says() -> None:
    wanted, network = plan(workloads=["tcp-rr"]), catalogue.network(catalogue.parse("ptp"))
    first, second = (measured(wanted, network, block) for block in (1, 2))
    assert first["layout"] != second["layout"]
    seen = json.dumps(first["proof"]["claims"])
    assert first["layout"]["pods"].rsplit(".", 2)[0] in seen
