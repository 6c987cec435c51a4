"""With `--exact` the generator prints every value: as many as were measured, each in the bucket that the histogram has it in."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from statistics import median_low
from typing import Any

import pytest

from barewire.errors import LoadError
from barewire.records import plain
from barewire.workloads.generator import exact, load, packets
from tests.support import generator
from tests.support.generator import THREAD, Run, always, answer, run, served, sized
from tests.support.server import free_port, serving


def kept(done: Run, kind: str) -> Counter[int]:
    pairs = done.end["exact"][kind]
    values = [value for value, _ in pairs]
    assert values == sorted(set(values)), "values come in order, each once"
    return Counter(dict(pairs))


def lowest(value: int) -> int:
    """The lowest value of the histogram's bucket: of 11 bits the upper ones stay."""
    bits = max(0, value.bit_length() - 11)
    return value >> bits << bits


def assert_kept(done: Run) -> None:
    assert (done.status, done.stderr) == (0, "")
    done.assert_accounted()
    for kind in ("latency", "service"):
        exactly = kept(done, kind)
        buckets = Counter(lowest(value) for value in exactly.elements())
        assert buckets == Counter(done.values(kind))
    assert done.start["exact"] is True and exactly.total() <= done.start["exact_room"]
    summary = done.end["exact"]
    if done.start["rate_per_s"]:
        assert summary["span_ns"] >= done.start["duration_ns"] and summary["answers"] is None
    else:
        # From just before the first recorded request to after the last answer.
        assert summary["span_ns"] > 0 and summary["answers"] >= done.end["completed"] > 0
    idle = done.end["exact"]["idle_ns"]
    assert idle is None or idle >= 0


@pytest.mark.parametrize(("sanitizer", "threads"), [(generator.ADDRESS, 1), (THREAD, 3)])
@pytest.mark.parametrize("rate", [500, "max"])
def test_every_value_is_printed_and_lies_in_its_bucket(rate: object, sanitizer: str, threads: int) -> None:
    with served(always(answer())) as port:
        done = run(
            port,
            sanitizer=sanitizer,
            rate=rate,
            duration="0.2s",
            warmup="0.1s",
            connections=4,
            threads=threads,
            exact=None,
        )
    assert_kept(done)
    assert kept(done, "cycle").total() == done.end["completed"] - threads


@pytest.mark.parametrize("protocol", ["tcp", "tcp-crr"])
def test_cycles_of_a_connection_last_from_first_to_last_answer(protocol: str) -> None:
    with served(sized(64, 64)) as port:
        done = run(port, protocol=protocol, rate="max", duration="0.1s", connections=1, exact=None)
    assert_kept(done)
    cycles = kept(done, "cycle")
    assert sum(cycles.elements()) <= done.end["exact"]["span_ns"]
    # An answer is waited for from its sending, which is after the answer before it.
    assert sum(cycles.elements()) >= sum(kept(done, "service").elements()) - max(kept(done, "service"))


def test_recorded_time_of_one_connection_holds_whole_requests() -> None:
    """A request that no send buffer can hold is written in parts; the recorded time begins at the first part of one."""
    with served(sized(1 << 24, 8)) as port:
        for _ in range(6):
            done = run(
                port, protocol="tcp", request_bytes=1 << 24, response_bytes=8, rate="max", duration="50ms", warmup="5ms",
                connections=1, exact=None,
            )  # fmt: skip
            found = done.end["exact"]
            # A machine that stands still before a request is sent has it begin after the end: whole, but not recorded.
            assert (found["answers"] - done.end["completed"] in (0, 1), found["partial"]) == (True, 0)
            # Every recorded request lies in it, and between two of them hardly anything does.
            assert found["span_ns"] >= sum(kept(done, "service").elements())


def test_requests_under_way_on_other_connections_are_counted() -> None:
    with served(sized(64, 64)) as port:
        done = run(port, protocol="tcp", rate="max", duration="50ms", warmup="20ms", connections=4, exact=None)
    found = done.end["exact"]
    assert 0 < found["partial"] < 4 and found["answers"] >= done.end["completed"] >= found["answers"] - found["partial"]


def test_without_it_nothing_is_kept() -> None:
    with served(always(answer())) as port:
        done = run(port, rate=100, duration="0.1s", connections=1)
    assert done.end["exact"] is None and done.start["exact"] is False and done.start["exact_room"] is None


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"rate": "max", "duration": "10s"}, "--exact keeps at most 4194304 values, and this load can have 20000064; shorten"),
        ({"rate": 1e6, "duration": "10s"}, "or offer a lower --rate"),
        ({"pipeline": 2}, "--exact and --pipeline 2 do not go together"),
        ({"protocol": "udp-stream", "threads": 2, "connections": 2}, "--exact takes one thread"),
        ({"phase": "20ms"}, "--phase must be below 20ms"),
        ({"burst": 2}, "--burst is for udp-stream alone"),
        ({"payload": 1}, "--payload is for http-post, tcp, tcp-crr and udp"),
        ({"protocol": "udp-stream", "burst": 2}, "--burst 2: --rate max sends as many together"),
        ({"protocol": "udp-stream", "burst": 65, "rate": 10}, "--burst 65 is not a whole number from 1 to 64"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_in_a_sentence(options: dict[str, Any], named: str) -> None:
    done = run(9, **{"exact": None, **options})
    assert (done.status, done.stdout) == (2, "") and named in done.stderr and done.stderr.count("\n") == 1


def test_a_load_with_a_phase_begins_then() -> None:
    with served(always(answer())) as port:
        done = run(port, rate=100, duration="0.05s", connections=1, phase="7ms")
    assert done.start["monotonic_ns"] % 20_000_000 == 7_000_000


def test_a_payload_has_its_seed_and_the_size_asked_for() -> None:
    seen: list[bytes] = []

    async def keep(reader: Any, writer: Any, _number: int) -> None:
        while request := await reader.readexactly(100):
            seen.append(request)
            writer.write(b"r" * 64)

    with served(keep) as port:
        for payload in (7, 7, 8, 0):
            run(port, protocol="tcp", request_bytes=100, rate=50, duration="0.05s", connections=1, payload=payload)
    different = list(dict.fromkeys(seen))
    assert [len(set(one)) > 30 for one in different] == [True, True, False] and different[2] == b"b" * 100


@pytest.mark.parametrize("burst", [1, 16, 48])
def test_bursts_leave_together_and_none_is_lost(burst: int) -> None:
    port = free_port()
    with serving(f"--sink={port}") as server:
        done = generator.run(
            port,
            protocol="udp-stream",
            rate=4800,
            burst=burst,
            duration="0.2s",
            warmup="0.05s",
            drain="20ms",
            exact=None,
        )
    counted = server.counted["sink"][0]
    assert (done.status, done.stderr) == (0, "")
    assert done.end["packets"] == counted["packets"] + counted["socket_drops"] and done.end["packets"] % burst == 0
    # Four single datagrams replace the first burst of the warm-up.
    assert done.end["warmup_packets"] > burst and done.end["warmup_packets"] % burst == (4 if burst > 1 else 0)
    assert set(done.end["exact"]) == {"idle_ns", "span_ns"} and done.end["exact"]["span_ns"] > 0


def test_a_median_is_a_recorded_value_and_the_mode_the_commonest() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for _ in range(200):
        many = [draw.randrange(1, 20) for _ in range(draw.randrange(1, 50))]
        values = exact.Values(tuple(sorted(Counter(many).items())))
        found = values.record()
        assert values.median() == found.median == median_low(many)
        assert found.mode_count == max(Counter(many).values()) == many.count(found.mode or 0)
        assert (found.min, found.max, found.count) == (min(many), max(many), len(many))
        assert found.mean == pytest.approx(sum(many) / len(many), abs=1e-3)
    assert plain(exact.Values(()).record()) == {"count": 0}


def test_the_driver_reads_what_the_generator_keeps_but_no_half() -> None:
    with served(sized(64, 64)) as port:
        spec = load.LoadSpec(
            protocol="tcp", target="127.0.0.1", port=port, path="", rate_per_s=None, duration_ns=50_000_000, warmup_ns=0,
            connections=1, threads=1, arrivals="even", seed=1, timeout_ns=10**9, timing="sleep", request_bytes=64,
            response_bytes=64, exact=True, payload=5, phase_ns=3_000_000,
        )  # fmt: skip
        words = load.argv(spec, str(generator.program()))
        found = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    result = load.parse(found)
    assert result.exact is not None and result.exact.values["service"].count == result.completed
    assert result.settings.payload == 5 and result.settings.phase_ns == 3_000_000
    for broken in (
        '"exact":{"latency":[]',
        '"exact":{"latency":[[5,1],[4,1]]',
        '"exact":{"latency":[[-1,1]]',
        '"exact":{"other":[]',
    ):
        with pytest.raises(LoadError, match="incomplete"):
            head, _, tail = found.rpartition('"exact":{"latency":[')
            load.parse(head + broken + tail[tail.index("]]") + 2 :])


def test_the_packet_driver_asks_for_bursts_and_keeps_idle_time() -> None:
    from ipaddress import IPv4Address

    from barewire.model.expectation import Target

    spec = packets.PacketsSpec(64, 64_000, 50_000_000, 0, 1, timing="sleep", burst=16, exact=True, phase_ns=0)
    words = packets.argv(spec, "load", Target(IPv4Address("127.0.0.1"), 9), ())
    assert (
        words[-1] == "--exact"
        and words[words.index("--burst") + 1] == "16"
        and words[words.index("--phase") + 1] == "0ns"
    )
