"""Orders are random, complete, recorded by one seed, and the same when a study is resumed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import RunError
from barewire.records import Load, Trial
from barewire.study.design.blocks import added, block, remaining, repetition, rows_of, steps
from barewire.study.design.options import WORKLOADS
from barewire.study.design.plan import StudyPlan, WirePlan
from tests.support.records import trial_of

PLAN = StudyPlan(networks=("host", "docker", "macvlan", "ptp"), seed=5, blocks=4)


def done(*slots: tuple[int, str, str, bool]) -> list[Trial]:
    keys = ("block", "network", "role", "valid")
    return [trial_of({"trial": n, **dict(zip(keys, slot, strict=True))}) for n, slot in enumerate(slots, start=1)]


@given(st.integers(0, 2**53 - 1), st.integers(1, 1000))
def test_every_block_has_every_network_once_and_the_host_twice(seed: int, number: int) -> None:
    trials = block(PLAN.model_copy(update={"seed": seed}), PLAN.networks, number)
    assert Counter((t.network, t.role) for t in trials) == {
        ("host", "baseline-a"): 1, ("host", "baseline-b"): 1,
        ("docker", "candidate"): 1, ("macvlan", "candidate"): 1, ("ptp", "candidate"): 1,
    }  # fmt: skip
    assert [t.position for t in trials] == [1, 2, 3, 4, 5]


def test_the_order_depends_on_the_seed_and_the_block_only() -> None:
    orders = [tuple(t.slot[1:] for t in block(PLAN, PLAN.networks, n)) for n in range(1, 21)]
    assert len(set(orders)) > 10
    assert orders == [tuple(t.slot[1:] for t in block(PLAN, set(PLAN.networks), n)) for n in range(1, 21)]
    other = PLAN.model_copy(update={"seed": 6})
    assert orders != [tuple(t.slot[1:] for t in block(other, PLAN.networks, n)) for n in range(1, 21)]


NAMES = ("docker", "macvlan", "ptp", "flannel/vxlan", "flannel/host-gw", "flannel/aws-vpc", "ipvlan/l2", "ipvlan/l3")


@given(st.integers(1, len(NAMES)), st.integers(0, 2**53 - 1), st.integers(0, 3))
def test_in_a_whole_square_each_follows_each_other_equally_often(count: int, seed: int, square: int) -> None:
    plan = StudyPlan(networks=("host", *NAMES[:count]), seed=seed, blocks=4)
    rows = rows_of(count + 2)
    orders = [
        [trial.slot[1:] for trial in block(plan, plan.networks, square * rows + number)]
        for number in range(1, rows + 1)
    ]
    followed = Counter(pair for order in orders for pair in pairwise(order))
    entries = set(orders[0])
    assert set(followed) == {(one, other) for one in entries for other in entries if one != other}
    assert len(set(followed.values())) == 1


@given(st.integers(1, len(NAMES)), st.integers(0, 2**53 - 1))
def test_in_as_many_blocks_each_has_every_position_once(count: int, seed: int) -> None:
    plan = StudyPlan(networks=("host", *NAMES[:count]), seed=seed, blocks=4)
    stood = Counter((t.slot[1:], t.position) for n in range(1, count + 3) for t in block(plan, plan.networks, n))
    assert len(stood) == (count + 2) ** 2
    assert set(stood.values()) == {1}


def test_a_second_square_is_drawn_anew() -> None:
    rows = rows_of(5)
    squares = [
        [[t.slot[1:] for t in block(PLAN, PLAN.networks, s * rows + n)] for n in range(1, rows + 1)] for s in (0, 1)
    ]
    assert squares[0] != squares[1]


def test_a_network_that_cannot_be_measured_is_not_in_the_square() -> None:
    without = StudyPlan(networks=("host", "docker", "ptp"), seed=5, blocks=4)
    for number in range(1, 9):
        assert block(PLAN, ["host", "docker", "ptp"], number) == block(without, without.networks, number)


def test_the_order_of_the_first_version_never_changes() -> None:
    # A resumed run and a repeated one rely on it; a change here is a change of format.
    assert [t.network for t in block(PLAN, PLAN.networks, 1)] == ["host", "macvlan", "host", "ptp", "docker"]
    assert block(PLAN, PLAN.networks, 1)[0].seed == 114472128021855


def test_loads_are_those_of_the_workloads_in_their_order() -> None:
    assert [(s.load, s.workload, s.response_bytes, s.streams) for s in steps(PLAN)] == [
        ("30%", "http", 100, None), ("50%", "http", 100, None), ("90%", "http", 100, None),
        ("30%", "http", 4096, None), ("50%", "http", 4096, None), ("90%", "http", 4096, None),
        ("own-50%", "http", 100, None),
        ("http-max", "http-max", 100, None), ("http-max", "http-max", 4096, None), ("http-crr", "http-crr", 100, None),
        ("tcp-stream-1", "tcp-stream", None, 1), ("tcp-stream-4", "tcp-stream", None, 4),
        ("tcp-stream-1-no-offloads", "tcp-stream", None, 1),
        ("tcp-rr", "tcp-rr", 64, None), ("udp-rr", "udp-rr", 64, None), ("udp-stream", "udp-stream", 64, None),
    ]  # fmt: skip
    every = PLAN.model_copy(update={"workloads": WORKLOADS, "response_bytes": 1000})
    assert [(s.load, s.workload, s.response_bytes) for s in steps(every)][-5:] == [
        ("tcp-stream-1", "tcp-stream", None), ("tcp-stream-4", "tcp-stream", None),
        ("tcp-stream-1-no-offloads", "tcp-stream", None), ("udp-rr", "udp-rr", 1000), ("udp-stream", "udp-stream", 64),
    ]  # fmt: skip
    bulk = PLAN.model_copy(update={"workloads": ("tcp-stream",), "streams": 1})
    assert [s.load for s in steps(bulk)] == ["tcp-stream-1", "tcp-stream-1-no-offloads"]


@pytest.mark.parametrize("clock", ["wall", "counted"])
def test_bulk_runs_with_offloads_and_last_of_all_without(clock: str) -> None:
    plan = PLAN.model_copy(update={"workloads": ("tcp-stream", "tcp-rr"), "streams": 1, "clock": clock})
    assert [(s.load, s.offloads) for s in steps(plan) if s.workload == "tcp-stream"] == [
        ("tcp-stream-1", True), ("tcp-stream-1-no-offloads", False),
    ]  # fmt: skip
    for number in range(1, 9):
        for trial in block(plan, plan.networks, number):
            assert [s.load for s in trial.steps].index("tcp-stream-1-no-offloads") == len(trial.steps) - 1
    # A wire without offloads has nothing to switch off.
    bare = plan.model_copy(update={"wire": WirePlan(offloads=False)})
    assert [s.load for s in steps(bare)] == ["tcp-stream-1", "tcp-rr"]


def test_loads_are_shuffled_in_each_trial_with_own_seeds() -> None:
    trials = [t for n in range(1, 5) for t in block(PLAN, PLAN.networks, n)]
    orders = {tuple((s.load, s.response_bytes) for s in t.steps) for t in trials}
    assert len(orders) == len(trials)
    assert len({s.seed for t in trials for s in t.steps}) == len(trials) * len(steps(PLAN))
    assert all(sorted((s.load, s.response_bytes or 0) for s in t.steps)
               == sorted((s.load, s.response_bytes or 0) for s in steps(PLAN)) for t in trials)  # fmt: skip


def test_a_resumed_study_has_the_rest_in_equal_order_and_seeds() -> None:
    everything = remaining(PLAN, PLAN.networks, [])
    assert len(everything) == 20
    for count in (0, 1, 7, 20):
        records = done(*((*t.slot, True) for t in everything[:count]))
        assert remaining(PLAN, PLAN.networks, records) == everything[count:]


def test_all_trials_of_a_run_have_the_loads_of_its_first() -> None:
    """Of a version before `tcp-stream-1-no-offloads`: the run goes on without it, and its other loads are as they would be."""
    everything = remaining(PLAN, PLAN.networks, [])
    new = "tcp-stream-1-no-offloads"
    names = [step.load for step in everything[0].steps if step.load != new]
    (record,) = done((*everything[0].slot, True))
    before = [replace(record, loads=tuple(Load(name, "") for name in names))]
    left = remaining(PLAN, PLAN.networks, before)
    assert [trial.slot for trial in left] == [trial.slot for trial in everything[1:]]
    for trial, planned in zip(left, everything[1:], strict=True):
        assert trial.steps == tuple(step for step in planned.steps if step.load != new)
    assert added(PLAN, before) == (new,)
    # What a rejected trial has measured says nothing: it may have ended early.
    assert remaining(PLAN, PLAN.networks, [replace(before[0], valid=False)])[-1] == everything[-1]
    with pytest.raises(RunError, match="no longer has: vanished"):
        remaining(PLAN, PLAN.networks, [replace(record, loads=(Load("vanished", ""),))])


def test_a_rejected_trial_is_repeated_with_another_seed() -> None:
    everything = remaining(PLAN, PLAN.networks, [])
    left = remaining(PLAN, PLAN.networks, done((*everything[0].slot, False), (*everything[1].slot, True)))
    assert [t.slot for t in left] == [everything[0].slot, *(t.slot for t in everything[2:])]
    assert left[0].attempt == 1
    assert left[0].seed != everything[0].seed
    assert left[0] == repetition(PLAN, everything[0], 1)
    twice = remaining(PLAN, PLAN.networks, done((*everything[0].slot, False), (*everything[0].slot, False)))
    assert twice[0].attempt == 2
