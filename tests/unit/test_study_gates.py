"""Rules look at machine and instrument, are the same for everyone, and never reject a network for being slow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from barewire.records import Reject, plain
from barewire.study.design import gates
from barewire.study.design.gates import Limits
from tests.support.records import load_record, machine_record

LIMITS = Limits(5e6)
CPU = {"user": 0.1, "nice": 0.0, "system": 0.4, "softirq": 0.2, "irq": 0.0, "steal": 0.0, "iowait": 0.0, "idle": 0.3}


def load(
    workload: str = "http", *, cpu: dict[str, float] | None = None, backlog: int = 0, **changed: Any
) -> dict[str, Any]:
    modes = CPU | (cpu or {})
    drops = [{"namespace": "", "dev": "CPU backlog", "direction": "rx", "packets": backlog}] if backlog else []
    drops.append({"namespace": "n1", "dev": "eth0", "direction": "rx", "packets": 50})  # the network's own affair
    return {
        "load": {"http": "50%", "tcp-stream": "tcp-stream-1"}.get(workload, workload), "workload": workload,
        "response_bytes": 100, "requests": 10_000, "not_taken_up": 0, "timing": "spin",
        "connections": 64, "errors": {"timeout": 0, "connect": 0}, "pacing_ns": {"count": 10_000, "0.99": 9_000},
        "machine": {"seconds": 1.0, "cpu": dict.fromkeys(("all", "client", "server"), modes), "drops": drops},
    } | changed  # fmt: skip


def check(loads: Iterable[dict[str, Any]], limits: Limits, step: float = 0.0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plain(gates.check([load_record(one) for one in loads], limits, step))
    return found


def tolerable(broken: list[dict[str, Any]], attempt: int) -> bool:
    return gates.tolerable([Reject(**one) for one in broken], attempt)


def rules(*loads: dict[str, Any], step: float = 0.0) -> list[str]:
    return [broken["rule"] for broken in check(loads, LIMITS, step)]


def test_a_quiet_trial_counts() -> None:
    assert rules(load(), load("http-max"), load("tcp-stream")) == []


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (load(not_taken_up=101), "offered rate"),
        (load(pacing_ns={"count": 10_000, "0.99": 5_100_000}), "pacing"),
        (load(cpu={"steal": 0.2}), "steal time"),
        (load("http-max", longest_gap_ns=60_000_000), "stopped generator"),
        (load("tcp-stream", longest_gap_ns=60_000_000), "stopped generator"),
        (load("http-max", longest_gap_ns=40_000_000, stopped_ns=300_000_000), "stopped generator"),
        (load(backlog=3), "drops outside the lab"),
        (load(machine={"seconds": 1.0, "changes": ["n1: link eth0 was set down"]}), "changed lab"),
        (load(errors={"timeout": 11}), "failed requests"),
        (load("http-max", stray=11), "failed requests"),
        (load("http-max", stray=1, ambiguous=10), "failed requests"),
        (load("http-max", stray=1, errors={"surplus": 10}), "failed requests"),
        (load(timing="sleep", cpu={"user": 0.7, "idle": 0.0, "system": 0.1}), "saturated generator"),
    ],
)
def test_each_rule_names_the_load_that_broke_it(broken: dict[str, Any], rule: str) -> None:
    (one,) = check([load(), broken], LIMITS)
    assert one["rule"] == rule
    assert one["detail"].startswith(f"{broken['load']} at 100 B: ")


def dropped(counter: str, count: int, **changed: Any) -> dict[str, Any]:
    one = load(**changed)
    one["machine"]["kernel_drops"] = [{"namespace": "n1", "counter": counter, "count": count}]
    return one


@pytest.mark.parametrize(
    ("counter", "rule"),
    [
        ("conntrack drop", "conntrack table full"),
        ("conntrack early drop", "conntrack table full"),
        ("listen queue overflow", "listen queue full"),
        ("SYN queue full", "listen queue full"),
        ("ARP table full", "neighbour table full"),
        ("UDP receive buffer full", "socket buffer full"),
    ],
)
def test_a_full_table_or_queue_rejects_whatever_the_load(counter: str, rule: str) -> None:
    for workload in ("http", "http-max", "http-crr", "tcp-stream"):
        (one,) = check([dropped(counter, 1, workload=workload)], LIMITS)
        assert one["rule"] == rule
        assert f"n1: {counter}, 1 times; " in one["detail"]
        assert not tolerable([one], gates.MOST_ATTEMPTS)


def test_a_cards_full_ring_rejects_what_cannot_fill_it() -> None:
    for workload in ("http", "http-max", "http-crr"):
        (one,) = check([dropped("network card rx_missed_errors", 7, workload=workload)], LIMITS)
        assert one["rule"] == "network card drops"
        assert "n1: network card rx_missed_errors, 7 times; give the card larger rings" in one["detail"]
        assert tolerable([one], gates.MOST_ATTEMPTS)
    assert rules(dropped("network card rx_missed_errors", 7, workload="tcp-stream")) == []


def test_what_one_way_packets_overrun_is_their_result() -> None:
    assert rules(dropped("UDP receive buffer full", 500, workload="udp-stream", load="udp-stream")) == []
    assert rules(dropped("conntrack drop", 1, workload="udp-stream", load="udp-stream")) == ["conntrack table full"]


def test_a_lost_race_in_conntrack_is_no_full_table() -> None:
    assert rules(dropped("conntrack insert failed", 10)) == []
    assert rules(dropped("conntrack insert failed", 11)) == ["conntrack insert failed"]


@pytest.mark.parametrize(
    ("counter", "rule"),
    [
        ("TCP socket backlog full", "socket backlog full"),
        ("TCP receive queue full", "socket buffer full"),
        ("TCP receive buffer full", "socket buffer full"),
    ],
)
def test_requests_whose_tcp_sockets_overflow_are_rejected(counter: str, rule: str) -> None:
    for workload in ("http", "http-max", "http-crr", "tcp-rr"):
        assert rules(dropped(counter, 10, workload=workload)) == []
        assert rules(dropped(counter, 11, workload=workload)) == [rule]
    assert rules(dropped(counter, 500, workload="tcp-stream")) == []


def test_a_cpu_quota_that_stopped_the_load_is_noise_by_that_name() -> None:
    stopped, hardly = load(), load()
    stopped["machine"]["throttled_ns"], hardly["machine"]["throttled_ns"] = 200_000_000, 5_000_000
    assert rules(stopped) == ["CPU quota"]
    assert rules(hardly) == []
    assert "CPU quota" in gates.NOISE


def test_a_counted_trial_with_a_full_table_is_rejected() -> None:
    whole = load()["machine"] | {"kernel_drops": [{"namespace": "n1", "counter": "conntrack drop", "count": 2}]}
    assert [one.rule for one in gates.check([load_record(load())], LIMITS, counted=machine_record(whole))] == [
        "conntrack table full"
    ]


def test_a_network_that_answers_late_or_not_in_time_is_a_result() -> None:
    slow = load(
        latency_ns={"0.5": 9e9}, lag_ns={"count": 10_000, "0.99": 8e9}, late=9_999, completed=100, unfinished=9_900,
        achieved_per_s=1.0, offered_per_s=10_000.0,
    )  # fmt: skip
    assert rules(slow) == []


def test_a_network_that_fills_the_clients_core_is_a_result() -> None:
    assert rules(load(timing="sleep", cpu={"user": 0.2, "system": 0.8, "softirq": 0.0, "idle": 0.0})) == []


def test_loads_that_fill_a_backlog_by_themselves_may_overflow_it() -> None:
    assert (
        rules(load("tcp-stream", backlog=100), load("udp-stream", backlog=100), load(connections=1000, backlog=1)) == []
    )


def test_a_lost_datagram_is_loss_and_no_failure() -> None:
    assert rules(load("rr", load="udp-rr", errors={"timeout": 5_000})) == []
    assert rules(load("rr", load="tcp-rr", errors={"timeout": 5_000})) == ["failed requests"]


def test_a_clock_that_was_set_spoils_the_trial() -> None:
    assert rules(load(), step=0.2) == ["clock step"]
    assert rules(load(), step=-0.01) == []


def test_the_pacing_limit_is_the_machines_and_at_least_one_sweep() -> None:
    assert Limits.from_pacing([], 64, 1).pacing_ns == 64 * gates.SWEEP_NS
    assert Limits.from_pacing([1e3, 2e3, 9e9], 64, 1).pacing_ns == 64 * gates.SWEEP_NS
    assert Limits.from_pacing([1e6, 4e6, 9e9], 64, 1).pacing_ns == 4e6 * gates.PACING_FACTOR
    assert Limits.from_pacing([], 64, 8).pacing_ns == gates.PACING_FLOOR_NS
    assert Limits(7.0).record().pacing_p99_ns == 7.0


def test_the_last_attempt_tolerates_noise_and_nothing_else() -> None:
    noise, failed = [{"rule": "pacing", "detail": ""}], [{"rule": "failed requests", "detail": ""}]
    last = gates.MOST_ATTEMPTS - 1
    assert tolerable(noise, last)
    assert not tolerable(noise, last - 1)
    assert not tolerable(noise + failed, last)


@pytest.mark.parametrize("workload", ["http-max", "tcp-rr", "tcp-crr", "tcp-stream", "udp-stream", "http"])
def test_a_client_frozen_for_half_of_a_load_is_never_tolerated(workload: str) -> None:
    frozen = load(workload, seconds=4.0, longest_gap_ns=2_000_000_000)
    broken = check([frozen], LIMITS)
    assert [one["rule"] for one in broken] == ["stopped generator"]
    assert broken[0]["excess"] == 10
    assert not tolerable(broken, gates.MOST_ATTEMPTS - 1)


def test_a_client_frozen_again_and_again_is_noticed() -> None:
    often = load("http-max", seconds=4.0, longest_gap_ns=40_000_000, stopped_ns=1_200_000_000)
    (broken,) = check([often], LIMITS)
    assert broken["rule"] == "stopped generator" and "1.200 s of 4.00 s in all" in broken["detail"]


def test_a_time_slice_of_another_program_is_no_stop() -> None:
    assert rules(load("http-max", seconds=0.2, longest_gap_ns=19_000_000)) == []


@pytest.mark.parametrize(
    ("little", "much"),
    [
        (
            load(pacing_ns={"count": 10_000, "0.99": 14_000_000}),
            load(pacing_ns={"count": 10_000, "0.99": 1_962_000_000}),
        ),
        (load(cpu={"steal": 0.1}), load(cpu={"steal": 0.5})),
        (load(not_taken_up=250), load(not_taken_up=5_000)),
    ],
)
def test_tolerated_noise_has_a_ceiling(little: dict[str, Any], much: dict[str, Any]) -> None:
    last = gates.MOST_ATTEMPTS - 1
    assert tolerable(check([little], LIMITS), last)
    assert not tolerable(check([much], LIMITS), last)


def test_failed_requests_are_named_with_the_first_of_their_kind() -> None:
    examples = {"status": 503, "garbage": "SSH-2.0"}
    (one,) = check([load(errors={"status": 40, "garbage": 2, "closed": 1}, error_examples=examples)], LIMITS)
    assert "40 status (the first: 503), 2 garbage (the first: 'SSH-2.0'), 1 closed of 10000 requests" in one["detail"]


def test_late_datagrams_are_no_failed_requests() -> None:
    assert rules(load("rr", load="udp-rr", stray=1000)) == []
