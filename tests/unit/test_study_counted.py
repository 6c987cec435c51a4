"""A study by a clock that counts: layouts by block, what a load counted, and numbers that may agree to the last digit."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_network
from math import isfinite
from typing import Any

import jsonschema
import pytest

from barewire import schemas, workloads
from barewire.model.network import PORTS_PER_POD, Topology
from barewire.records import CountedFigure, CountedHash, plain
from barewire.results import counted as figures
from barewire.results.analysis import Run
from barewire.results.clock import resolution
from barewire.results.summary import summarise
from barewire.study.design import blocks, gates, layouts
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan
from barewire.workloads.generator import counted
from barewire.workloads.generator.exact import Exact, Values
from tests.support.records import load_record, machine_record, run_of, trial_of

NETWORKS = ("host", "ptp", "flannel/vxlan")


def plan(**more: object) -> StudyPlan:
    return load_plan(None, {"clock": "counted", "networks": list(NETWORKS), "seed": 7, **more})


LAYOUT = jsonschema.Draft202012Validator({"$ref": "#/$defs/LayoutRecord", "$defs": schemas.schema("trial")["$defs"]})


@pytest.mark.parametrize("pods", [1, 3, 22])
@pytest.mark.parametrize("family", [4, 6])
def test_a_layout_is_drawn_for_each_block_and_stays_the_same(pods: int, family: int) -> None:
    wanted = plan(pods=pods, family=family)
    drawn = [layouts.layout_of(wanted, block) for block in range(1, 9)]
    assert drawn == [layouts.layout_of(plan(pods=pods, family=family), block) for block in range(1, 9)]
    found = [layout for layout in drawn if layout]
    assert len({json.dumps(plain(layout.record())) for layout in found}) == len(drawn)
    for layout in found:
        topology = layout.topology(Topology.uniform(2, pods, addresses=layout.addresses))
        last = topology.ports(topology.pods[-1])[-1]
        assert (layout.port >= 1024 and last < layouts.EPHEMERAL) or pods * PORTS_PER_POD > 22_000
        addresses = topology.addresses.each()[0]
        assert topology.addresses.families == (family,) and not addresses.nodes.overlaps(addresses.pods)  # type: ignore[arg-type]
        assert ip_network(layout.record().pods) == addresses.pods
        assert 0 <= layout.phase_ns < layouts.PHASE_NS and layout.payload > 0
        LAYOUT.validate(plain(layout.record()))


def test_another_seed_has_other_layouts_and_the_wall_clock_none() -> None:
    assert layouts.layout_of(plan(seed=7), 1) != layouts.layout_of(plan(seed=8), 1)
    assert layouts.layout_of(load_plan(None, {"networks": ["host"], "seed": 7}), 1) is None


def test_networks_of_a_block_have_equal_loads_even_when_repeated() -> None:
    of_block = blocks.block(plan(), NETWORKS, 3)
    assert len({(trial.seed, trial.steps) for trial in of_block}) == 1 and len(of_block) == 4
    assert blocks.repetition(plan(), of_block[0], 2).steps == of_block[0].steps
    assert blocks.block(plan(), NETWORKS, 4)[0].steps != of_block[0].steps


def kept(
    service: Mapping[int, int], cycle: Mapping[int, int], idle_ns: int | None = 0, span_ns: int = 10**7,
    answers: int | None = None,
) -> Exact:  # fmt: skip
    values = {"latency": service, "service": service, "cycle": cycle}
    pairs = {kind: Values(tuple(sorted(found.items()))) for kind, found in values.items()}
    return Exact(pairs, idle_ns, span_ns, answers)


def figure(kind: str, exact: Exact | None) -> CountedFigure | None:
    return workloads.by_name(kind).figure(exact)


@pytest.mark.parametrize(
    ("kind", "per", "value"),
    [
        ("tcp-rr", "round trip", 31_600.0),
        ("tcp-crr", "connection", 40_000.0),
        ("http-crr", "connection", 40_000.0),
        ("http-max", "request", 50_000.0),
        ("tcp-stream", "byte", round(50_000 / counted.BULK_BYTES, 6)),
    ],
)
def test_a_load_counts_what_its_protocol_does(kind: str, per: str, value: float) -> None:
    found = figure(kind, kept({31_600: 5, 90_000: 2}, {40_000: 2, 70_000: 1}))
    assert found is not None and (found.instructions_per, found.value) == (per, value)
    assert found.idle_ns == 0 and found.mean is not None


def test_a_rate_counts_nothing_and_a_silent_load_has_no_number() -> None:
    assert figure("http", kept({1: 1}, {})) is None
    assert figure("tcp-rr", None) is None
    empty = figure("tcp-crr", kept({5: 1}, {}))
    assert empty is not None and (empty.value, empty.mean, empty.samples) == (None, None, 0)


@pytest.mark.parametrize("kind", ["tcp-rr", "tcp-crr", "http-crr", "http-max", "tcp-stream"])
def test_instructions_never_hold_idle_time(kind: str) -> None:
    # A hundred requests that each execute 40,000 and wait for 60,000.
    found = figure(kind, kept({100_000: 100}, {100_000: 99}, 6_000_000, 10_000_000, 100))
    assert found is not None
    assert found.value == pytest.approx(40_000 / (counted.BULK_BYTES if kind == "tcp-stream" else 1), abs=1e-6)
    assert (found.idle_ns, found.idle_share) == (6_000_000, 0.6)


def test_one_request_that_waits_does_not_move_the_others_median() -> None:
    # A packet was lost: 200 ms of silence in one request of 101.
    found = figure("tcp-rr", kept({34_000: 100, 200_034_000: 1}, {}, 200_000_000, 203_434_000, 101))
    assert found is not None and found.value == 34_000 and found.mean == pytest.approx(34_000)


def test_several_threads_count_each_request_once() -> None:
    # Two threads take turns on the one CPU: a cycle of each holds a request of the other too.
    found = figure("http-max", kept({}, {80_000: 248}, 0, 10_000_000, 250))
    assert found is not None and found.value == 40_000


def test_one_request_that_fills_the_load_counts() -> None:
    # 1 MiB through a slow tunnel: from one answer to the next there is no time, and yet all of it is known.
    found = figure("tcp-stream", kept({66_000_000: 1}, {}, 0, 66_002_627, 1))
    assert found is not None and found.samples == 1
    assert found.value == found.mean == pytest.approx(66_002_627 / counted.BULK_BYTES, abs=1e-6)


def test_packets_count_time_that_was_not_idle() -> None:
    assert counted.packets_figure(1920, Exact({}, 15_177_362, 34_892_086)).value == pytest.approx(10_268.085)
    assert counted.packets_figure(1920, Exact({}, None, 34_892_086)).value is None
    assert counted.packets_figure(0, Exact({}, 5, 10)).value is None


def machine(**more: Any) -> dict[str, Any]:
    modes = dict.fromkeys(("user", "nice", "system", "softirq", "irq", "steal", "iowait", "idle"), 0.0) | {
        "steal": 0.9,
        "user": 0.1,
    }
    return {"seconds": 1.0, "cpu": dict.fromkeys(("all", "server", "client"), modes), "drops": [], **more}


def test_drops_and_errors_reject_a_counted_trial_not_noise() -> None:
    late = {
        "load": "50%", "workload": "http", "requests": 1000, "not_taken_up": 900, "pacing_ns": {"0.99": 10**9}, "timing": "sleep",
        "errors": {"closed": 0},
    }  # fmt: skip
    failed = {"load": "tcp-rr", "workload": "tcp-rr", "requests": 1000, "errors": {"closed": 2}}
    dropped = machine(drops=[{"namespace": "", "dev": "CPU backlog", "direction": "rx", "packets": 3}])
    quiet, dropping = machine_record(machine()), machine_record(dropped)
    wall, counted_late, counted_failed = (load_record(one) for one in ({**late, "machine": machine()}, late, failed))
    assert gates.check([wall], gates.UNKNOWN)
    assert gates.check([counted_late], gates.UNKNOWN, 99.0, quiet) == []
    assert [one.rule for one in gates.check([counted_failed], gates.UNKNOWN, 0.0, quiet)] == ["failed requests"]
    assert [one.rule for one in gates.check([counted_late], gates.UNKNOWN, 0.0, dropping)] == ["drops outside the lab"]


Count = Callable[[int, str, str], float]
"""Instructions by block, network and role."""


def run(count: Count, clock: str = "counted", blocks_: int = 8) -> Run:
    """A run of three networks in which one load was counted."""
    parts = {"host": ("host", "direct"), "ptp": ("ptp", "routes"), "flannel/vxlan": ("ptp", "vxlan")}
    networks = [
        {"name": name, "measured": True, "reason": "", "remedy": "", "parts": {"attach": a, "transport": t, "policy": "none"}}
        for name, (a, t) in parts.items()
    ]  # fmt: skip
    slots = [("host", "baseline-a"), ("host", "baseline-b"), ("ptp", "candidate"), ("flannel/vxlan", "candidate")]
    trials = [
        {
            "trial": 1 + 4 * (block - 1) + place, "block": block, "network": network, "role": role, "valid": True, "setup": {},
            "loads": [load(count(block, network, role))],
        }
        for block in range(1, blocks_ + 1) for place, (network, role) in enumerate(slots)
    ]  # fmt: skip
    return Run(
        run_of({"networks": networks, "plan": {"clock": clock, "blocks": blocks_}, "seed": 7}),
        [trial_of(one) for one in trials],
    )


def load(value: float) -> dict[str, Any]:
    values = {"count": 900, "median": round(value), "mean": value, "min": 1, "max": 99, "mode": 1, "mode_count": 1}
    return {
        "load": "tcp-rr", "workload": "tcp-rr", "response_bytes": 64,
        "exact": {"latency_ns": values, "service_ns": values, "cycle_ns": values, "idle_ns": 0, "span_ns": 1},
        "counted": {"instructions_per": "round trip", "value": value, "mean": value, "samples": 900, "idle_ns": 0},
    }  # fmt: skip


def cell(summary: Mapping[str, Any], network: str) -> Mapping[str, Any]:
    [found] = [c for c in summary["cells"] if c["network"] == network and c["metric"] == "instructions"]
    return dict(found)


def assert_finite(document: object) -> None:
    if isinstance(document, Mapping):
        document = list(document.values())
    if isinstance(document, list):
        for one in document:
            assert_finite(one)
    assert not isinstance(document, float) or isfinite(document)


def summary_of(found: Run) -> dict[str, Any]:
    summary: dict[str, Any] = plain(summarise(found))
    assert_finite(summary)
    jsonschema.Draft202012Validator(schemas.schema("summary")).validate(
        json.loads(json.dumps(summary, allow_nan=False))
    )
    return summary


@pytest.mark.parametrize("blocks_", [1, 2, 3, 8])
def test_numbers_without_any_spread_have_intervals_of_no_width(blocks_: int) -> None:
    summary = summary_of(run(lambda block, network, role: 30_000.0 * (1.5 if network == "ptp" else 1), blocks_=blocks_))
    assert summary["clock"] == "counted"
    same, slower = cell(summary, "flannel/vxlan"), cell(summary, "ptp")
    assert (same["ratio"], slower["ratio"]) == (1.0, 1.5) and slower["unit"] == "instructions"
    if blocks_ > 1:
        assert (same["ratio_low"], same["ratio_high"], same["verdict"]) == (1.0, 1.0, "equivalent")
        assert slower["verdict"] == "slower" and slower["difference"] == 15_000
        assert slower["ratio_low"] == pytest.approx(1.5) == slower["ratio_high"]
        [floor] = [f for f in summary["noise_floor"] if f["metric"] == "instructions"]
        assert floor["floor"] == 1.0


def test_a_difference_below_the_resolution_is_none() -> None:
    def count(block: int, network: str, role: str) -> float:
        return 100_000.0 * {"ptp": 1.00005, "flannel/vxlan": 1.004}.get(network, 1.0)

    summary = summary_of(run(count))
    assert cell(summary, "ptp")["verdict"] == "equivalent"
    assert cell(summary, "flannel/vxlan")["verdict"] == "slower"
    assert cell(summary_of(run(count, clock="wall")), "ptp")["verdict"] == "slower"


@pytest.mark.parametrize(
    ("load", "limit"),
    [("tcp-rr", 1.002), ("tcp-crr", 1.002), ("http-rr", 1.005), ("tcp-stream-1", 1.015), ("udp-stream", 1.015)],
)
def test_no_resolution_is_finer_than_what_two_runs_differ_by(load: str, limit: float) -> None:
    assert resolution(load) == limit


def test_an_effect_of_layouts_on_all_is_no_spread_of_overhead() -> None:
    found = cell(
        summary_of(run(lambda block, network, _: (30_000.0 + 97 * block) * (1.2 if network == "ptp" else 1))), "ptp"
    )
    assert found["ratio_low"] == pytest.approx(1.2) == found["ratio_high"]


def test_the_loss_is_split_by_part_in_instructions() -> None:
    summary = summary_of(run(lambda block, network, _: 30_000.0 * {"ptp": 1.5, "flannel/vxlan": 1.8}.get(network, 1.0)))
    [part] = [p for p in summary["parts"] if p["metric"] == "instructions"]
    assert (part["part"], part["from"], part["to"], part["verdict"]) == ("transport", "routes", "vxlan", "slower")
    assert part["ratio"] == pytest.approx(1.2)


def noisy(block: int, network: str, role: str) -> float:
    return 30_000.0 + len(network) + 7 * block + len(role)


def _changed(of: Run, number: int, change: Callable[[float], float]) -> Run:
    """A run in which the figure of one trial is another."""
    trials = list(of.trials)
    load = trials[number].loads[0]
    assert load.counted and load.counted.value
    figure = replace(load.counted, value=change(load.counted.value))
    trials[number] = replace(trials[number], loads=(replace(load, counted=figure),))
    return replace(of, trials=trials)


def test_a_hash_is_of_the_numbers_and_not_of_the_order_of_trials() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    one, other, third = run(noisy), run(noisy), run(noisy)
    shuffled = list(other.trials)
    random.Random(seed).shuffle(shuffled)
    other, third = replace(other, trials=shuffled), _changed(third, 5, lambda value: value + 1)
    assert figures.digest(one) == figures.digest(other) != figures.digest(third)
    assert summarise(one).counted == CountedHash(figures.digest(one) or "", 4 * 4 * 8)


def test_a_run_by_the_wall_clock_has_no_hash() -> None:
    whole = run(noisy, clock="wall")
    plain_loads = [replace(one, loads=(replace(one.loads[0], counted=None, exact=None),)) for one in whole.trials]
    bare = replace(whole, trials=plain_loads)
    assert figures.digest(bare) is None and summarise(bare).counted is None


def test_the_agreement_of_two_runs_is_their_largest_ratio() -> None:
    one, other = run(noisy), run(noisy)
    both = figures.figures(one), figures.figures(other)
    assert figures.agreement(*both) == figures.Agreement(128, 128, 1.0, min(both[0]))
    other = _changed(other, 9, lambda value: value * 1.002)
    found = figures.agreement(figures.figures(one), figures.figures(other))
    assert (found.figures, found.equal) == (128, 127) and found.largest == pytest.approx(1.002)
    assert found.where is not None and (found.where[0], found.where[-1]) == (3, "instructions")
    assert figures.agreement(*both, "service_ns").largest == 1.0
