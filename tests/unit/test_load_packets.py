"""One-way packets: all that is sent is counted, at both ends alike, and paced by the same schedule as requests."""

from __future__ import annotations

import json
import math
import signal
import socket
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from barewire.errors import LoadError
from barewire.workloads.generator import packets
from barewire.workloads.servers.counts import SinkCounts
from tests.support import generator
from tests.support.generator import THREAD
from tests.support.server import free_port, serving


def sent(host: str = "127.0.0.1", sanitizer: str = generator.ADDRESS, **options: Any) -> tuple[generator.Run, Any]:
    """A run against a sink, and what the sink counted. A loopback loses only what a socket has no room for."""
    port = free_port(host)
    with serving(f"--sink={port}", host=host, sanitizer=sanitizer) as server:
        done = generator.run(port, target=host, sanitizer=sanitizer, protocol="udp-stream", **options)
    assert (done.status, done.stderr) == (0, "")
    counted = server.counted["sink"][0]
    assert counted["numbered"] == counted["packets"]
    assert counted["packets"] + counted["warmup_packets"] + counted["socket_drops"] == (
        done.end["packets"] + done.end["warmup_packets"]
    )
    assert counted["bytes"] == counted["packets"] * done.start["request_bytes"]
    assert (counted["reordered"], counted["duplicates"]) == (0, 0)
    assert sum(line["packets"] for line in done.lines[1:-1]) == done.end["packets"] > 0
    return done, counted


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("request_bytes", [8, 64, 1400, 20_000])
def test_as_fast_as_it_goes_both_ends_count_the_same(host: str, request_bytes: int) -> None:
    done, _ = sent(host, request_bytes=request_bytes, duration="0.3s", warmup="0.1s", drain="1ms")
    assert done.end["bytes"] == done.end["packets"] * request_bytes
    assert done.end["pacing"] == []


@pytest.mark.parametrize("arrivals", ["even", "poisson"])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("timing", ["spin", "sleep"])
def test_packets_go_out_when_they_are_intended_to(arrivals: str, threads: int, timing: str) -> None:
    done, counted = sent(arrivals=arrivals, threads=threads, timing=timing, rate=2000, duration="0.4s", warmup="0.1s")
    assert sum(count for _, count in done.end["pacing"]) == done.end["packets"]
    if arrivals == "even":
        # What is due in the last moment may stay unsent on a machine that has no moment left.
        assert done.end["packets"] <= 800
    assert counted["missing"] == 0 or counted["socket_drops"]


def test_each_second_of_packets_has_a_line() -> None:
    done, _ = sent(rate=500, duration="1.2s")
    assert [line["second"] for line in done.lines[1:-1]] == [0, 1]


def test_threads_have_numbers_of_their_own_and_race_with_nobody() -> None:
    sent(sanitizer=THREAD, threads=4, duration="0.2s")


def test_datagrams_cut_out_of_larger_ones_are_all_numbered() -> None:
    done, _ = sent(gso=16, duration="0.2s", request_bytes=100)
    assert done.end["packets"] % 16 == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("options", [{"rate": "max"}, {"rate": 1000}, {"rate": 1, "threads": 2}], ids=str)
@pytest.mark.parametrize("warmup", ["0s", "1000s"])
def test_a_stopped_load_prints_the_results_so_far(warmup: str, options: dict[str, Any], number: signal.Signals) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", port))
        words = [f"--{key}={value}" for key, value in (options | {"warmup": warmup, "duration": "1000s"}).items()]
        command: list[str] = [
            str(generator.program()),
            "--target=127.0.0.1",
            f"--port={port}",
            "--protocol=udp-stream",
            "--drain=1ms",
            *words,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            receiver.recv(64)  # the load is under way
            process.send_signal(number)
            output, errors = process.communicate(timeout=generator.LIMIT_SECONDS)
    assert process.returncode == 130
    if warmup != "0s":
        assert (output, errors) == ("", "barewire-load: interrupted before anything was recorded.\n")
        return
    lines = [json.loads(line) for line in output.splitlines()]
    end = lines[-1]
    assert errors == "" and end["interrupted"] and 0 < end["seconds"] < 1000
    assert end["packets"] == sum(line["packets"] for line in lines[1:-1]) > 0
    assert [line["second"] for line in lines[1:-1]] == list(range(math.ceil(end["seconds"])))


def test_nobody_there_is_said_and_nothing_hangs() -> None:
    done = generator.run(free_port(), protocol="udp-stream", duration="10s")
    assert done.status == 3 and done.stdout == ""
    assert done.stderr.endswith("Connection refused. Start the server first, or check --target and --port.\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"request_bytes": 7}, "needs 8 bytes for the number"),
        ({"request_bytes": 65508}, "at most 65507 bytes"),
        ({"response_bytes": 64}, "nothing answers to --protocol udp-stream"),
        ({"pipeline": 2}, "has no requests under way"),
        ({"gso": 2, "rate": 10}, "--gso is for --rate max"),
        ({"gso": 65}, "--gso 65 is not a whole number from 1 to 64"),
        ({"gso": 64, "request_bytes": 1400}, "is more than the 65507 bytes of one datagram"),
        ({"path": "/"}, "--path and --expect-bytes are for http"),
        ({"cpus": "1023"}, "cannot run on the CPU of --cpus"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(options: dict[str, Any], said: str) -> None:
    done = generator.run(free_port(), protocol="udp-stream", **options)
    assert done.status == (3 if "cpus" in options else 2) and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_gso_is_for_packets_alone() -> None:
    done = generator.run(free_port(), gso=2)
    assert done.status == 2 and "--gso is for udp-stream alone" in done.stderr


COUNTED = SinkCounts(packets=91, duplicates=1, gaps=2, missing=10, reordered=0, socket_drops=3)


def test_loss_is_what_was_sent_and_never_came() -> None:
    done, _ = sent(rate=1000, duration="0.1s")
    result = packets.parse(done.stdout, COUNTED)
    record = result.record("udp-stream", "udp-stream", 64)
    assert record.received == 90
    assert record.loss_share == pytest.approx(1 - 90 / done.end["packets"])
    assert record.offered_per_s == 1000 and record.pacing_ns["count"] == done.end["packets"]
    whole = packets.parse(done.stdout, replace(COUNTED, packets=done.end["packets"] + 1))
    assert whole.loss_share == 0 and whole.received_per_s == whole.sent_per_s
    for damaged in ("", done.stdout[:-20], done.stdout.replace('"end"', '"middle"'), "[]\n[]"):
        with pytest.raises(LoadError, match="incomplete"):
            packets.parse(damaged, COUNTED)
