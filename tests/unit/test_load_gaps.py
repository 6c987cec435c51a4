"""The generator measures how long it did not run itself, whatever the protocol; a server that stands still is no such gap."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from barewire.errors import LoadError
from barewire.model.expectation import Target
from barewire.workloads.generator import iperf3
from tests.support.generator import LIMIT_SECONDS, Behaviour, answer, datagrams, program, request, served
from tests.support.server import free_port

STOPPED_S = 0.5
SEEN_NS = 400_000_000
"""Of the stopped time: the thread looks every 50 ms, and iperf3 every 100 ms."""


def stop_for(process: subprocess.Popen[Any], seconds: float) -> None:
    """Stop a process for so long by the clock that its gap is measured by."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    time.sleep(seconds)  # at least: the stop is what is measured
    process.send_signal(signal.SIGCONT)


def start(port: int, protocol: str, *words: str) -> subprocess.Popen[str]:
    argv = [str(program()), "--target=127.0.0.1", f"--port={port}", f"--protocol={protocol}", "--connections=1", *words]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 0, err
    end: dict[str, Any] = json.loads(out.splitlines()[-1])
    return end


def answering(begun: threading.Event, protocol: str) -> Behaviour:
    http = protocol.startswith("http")

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while await (request(reader) if http else reader.readexactly(64)):
            if protocol == "http-post":
                await reader.readexactly(64)
            begun.set()
            writer.write(answer() if http else b"x" * 64)
            await writer.drain()

    return behave


@pytest.mark.parametrize("timing", ["sleep", "spin"])
@pytest.mark.parametrize("rate", ["max", "500"])
@pytest.mark.parametrize("protocol", ["http", "http-post", "http-crr", "tcp", "tcp-crr", "udp"])
def test_a_stopped_client_is_measured(protocol: str, rate: str, timing: str) -> None:
    begun = threading.Event()

    def reply(datagram: bytes, number: int) -> tuple[bytes]:
        begun.set()
        return (datagram,)

    server = datagrams(reply) if protocol == "udp" else served(answering(begun, protocol))
    with server as port, start(port, protocol, f"--rate={rate}", f"--timing={timing}", "--duration=60s") as process:
        assert begun.wait(LIMIT_SECONDS)
        stop_for(process, STOPPED_S)
        for _ in range(3):  # the first may have been under way
            begun.clear()
            assert begun.wait(LIMIT_SECONDS)
        process.send_signal(signal.SIGTERM)
        end = json.loads(process.communicate(timeout=LIMIT_SECONDS)[0].splitlines()[-1])
    assert end["longest_gap_ns"] >= SEEN_NS


@pytest.mark.parametrize("timing", ["sleep", "spin"])
def test_many_short_stops_are_added_up(timing: str) -> None:
    """Each is shorter than a sleep may be that nothing else interrupts, and within what one gap may last."""
    begun = threading.Event()
    words = ("--rate=max", f"--timing={timing}", "--duration=60s")
    with served(answering(begun, "tcp")) as port, start(port, "tcp", *words) as process:
        assert begun.wait(LIMIT_SECONDS)
        for _ in range(10):
            stop_for(process, 0.03)
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        counted = json.loads(process.communicate(timeout=LIMIT_SECONDS)[0].splitlines()[-1])
    assert counted["stopped_ns"] >= 10 * 20_000_000


@pytest.mark.parametrize("rate", ["max", "500"])
def test_a_stopped_sender_of_packets_is_measured(rate: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        with start(sink.getsockname()[1], "udp-stream", f"--rate={rate}", "--duration=1.5s", "--drain=1ms") as process:
            sink.recv(100)
            stop_for(process, STOPPED_S)
            end = end_of(process)
            assert end["longest_gap_ns"] >= SEEN_NS and end["stopped_ns"] >= SEEN_NS


def test_a_server_that_stands_still_is_not_a_gap_of_the_client() -> None:
    """The client sleeps and wakes at its looks meanwhile; only a machine that stood still itself for so long would fail this."""
    still_s = 2.0

    async def stand_still(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readexactly(64)
        await asyncio.sleep(still_s)
        while True:
            writer.write(b"x" * 64)
            await reader.readexactly(64)

    with served(stand_still) as port, start(port, "tcp", "--rate=max", "--duration=2.5s") as process:
        end = end_of(process)
    assert end["longest_gap_ns"] < still_s / 2 * 1e9 and end["completed"] > 0


def test_a_gap_of_the_warm_up_does_not_count() -> None:
    """Stopped for two seconds of the warm-up; the recorded time begins long after."""
    begun = threading.Event()
    words = ("--rate=100", "--warmup=4s", "--duration=100ms")
    with served(answering(begun, "tcp")) as port, start(port, "tcp", *words) as process:
        assert begun.wait(LIMIT_SECONDS)
        stop_for(process, 2.0)
        assert end_of(process)["longest_gap_ns"] < 1_900_000_000


@pytest.mark.skipif(not shutil.which("iperf3"), reason="iperf3 is not installed")
def test_a_stopped_iperf3_is_measured() -> None:
    port = free_port()
    command = ["iperf3", "-s", "-1", "--forceflush", "-B", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        while "listening" not in server.stdout.readline():
            assert server.poll() is None
        argv = iperf3.argv("iperf3", Target(ip_address("127.0.0.1"), port), 1, 2, "reno")
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
            io = Path(f"/proc/{client.pid}/io")
            # The control connection writes some hundred bytes, the test itself megabytes.
            while int(io.read_text().split()[3]) < 1 << 20:
                assert client.poll() is None
            stop_for(client, STOPPED_S)
            out, err = client.communicate(timeout=LIMIT_SECONDS)
        server.communicate(timeout=LIMIT_SECONDS)
    result = iperf3.parse(out, err, client.returncode, 1, "n1")
    assert result.longest_gap_ns >= SEEN_NS and result.record("", "").longest_gap_ns == result.longest_gap_ns


GOOD: dict[str, Any] = {"bits_per_second": 1e9, "seconds": 1.0}
IPERF3: dict[str, Any] = {
    "intervals": [{"sum": {"seconds": 0.1}}, {"sum": {"seconds": 0.25}}],
    "end": {"sum_received": GOOD, "sum_sent": {"retransmits": 3}},
}


def received(**changed: object) -> dict[str, Any]:
    return {"end": {"sum_received": GOOD | changed, "sum_sent": {}}}


def test_iperf3_s_numbers_are_kept() -> None:
    result = iperf3.parse(json.dumps(IPERF3), "", 0, 2, "n1")
    assert result == iperf3.BulkResult(2, 1e9, 1.0, 3, 150_000_000, 150_000_000)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"end": {}}, "'sum_received' is missing"),
        ({"end": None}, "NoneType"),
        (received(bits_per_second=float("nan")), "bits_per_second is nan"),
        (received(seconds=float("inf")), "seconds is inf"),
        (received(bits_per_second=-1), "bits_per_second is -1"),
        (received(bits_per_second="1"), "bits_per_second is '1'"),
        ({"end": {"sum_received": GOOD, "sum_sent": {"retransmits": None}}}, "retransmits is None"),
        ({"intervals": []}, "empty"),
        ({"intervals": [{"sum": {"seconds": float("nan")}}]}, "seconds is nan"),
        ({"intervals": 3}, "not iterable"),
    ],
)
def test_iperf3_s_output_that_is_not_whole_is_a_sentence(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(LoadError, match="iperf3's result is incomplete") as caught:
        iperf3.parse(json.dumps(IPERF3 | changed), "", 0, 1, "n1")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("output", "status", "said"),
    [
        ("", 1, "iperf3 gave no result"),
        ("[]", 0, "incomplete"),
        ("[]", 1, "iperf3 failed"),
        ('{"error": "unable to connect"}', 1, "unable to connect"),
        ("null", 0, "incomplete"),
    ],
)
def test_an_iperf3_that_failed_is_a_sentence(output: str, status: int, said: str) -> None:
    with pytest.raises(LoadError) as caught:
        iperf3.parse(output, "it printed this", status, 1, "n1")
    assert said in str(caught.value)
