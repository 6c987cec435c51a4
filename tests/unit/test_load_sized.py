"""TCP and UDP by sizes: every request comes to one counted end, and no answer is taken for another's.

Counts alone are asserted, as in test_load_generator.py: rates are low and drains long.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.generator import (
    REQUESTS,
    Run,
    always,
    answer,
    assert_good,
    datagrams,
    run,
    served,
    short,
    sized,
)

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
SHORT: dict[str, Any] = {"rate": 500, "duration": "0.4s", "connections": 4, "drain": "30s"}
QUICK: dict[str, Any] = {"rate": 100, "duration": "0.3s", "connections": 2, "timeout": "50ms", "drain": "0.2s"}


def echoed(size: int) -> Callable[[bytes, int], Iterable[bytes]]:
    """A reply of `size` bytes that begins as the request does."""

    def reply(datagram: bytes, number: int) -> Iterable[bytes]:
        yield datagram[:8] + b"r" * (size - 8)

    return reply


def good(done: Run, rate: object) -> None:
    assert_good(done, REQUESTS if rate == 500 else done.end["requests"])
    assert done.end["completed"] > 0


def assert_bytes(done: Run, request_bytes: int, response_bytes: int) -> None:
    """Bytes count all that was sent. A closed loop may send what it has begun just after the end, where no request counts."""
    sent, rest = divmod(done.end["bytes_out"], request_bytes)
    beyond = done.start["pipeline"] * done.start["connections"] if done.start["rate_per_s"] == 0 else 0
    assert rest == 0 and 0 <= sent - done.end["requests"] <= beyond
    assert done.end["bytes_in"] == sent * response_bytes


@pytest.mark.parametrize("rate", [500, "max"])
@pytest.mark.parametrize("pipeline", [1, 5])
@pytest.mark.parametrize("sizes", [(1, 1), (64, 1024), (70000, 3), (5, 200_000)])
def test_tcp_requests_and_responses_have_the_sizes_asked_for(
    rate: object, pipeline: int, sizes: tuple[int, int]
) -> None:
    request_bytes, response_bytes = sizes
    with served(sized(*sizes)) as port:
        done = run(
            port, protocol="tcp", request_bytes=request_bytes, response_bytes=response_bytes, pipeline=pipeline,
            **short(rate, SHORT),
        )  # fmt: skip
    good(done, rate)
    assert_bytes(done, request_bytes, response_bytes)
    assert (done.start["request_bytes"], done.start["response_bytes"]) == sizes


@pytest.mark.parametrize("rate", [500, "max"])
@pytest.mark.parametrize("pipeline", [1, 5, 256])
@pytest.mark.parametrize("sizes", [(8, 8), (64, 1024), (65507, 9), (8, 65507)])
def test_udp_requests_and_responses_have_the_sizes_asked_for(
    rate: object, pipeline: int, sizes: tuple[int, int]
) -> None:
    request_bytes, response_bytes = sizes
    # As many as fit into the server's buffer all at once.
    pipeline = 1 if max(sizes) > 60000 and rate == "max" else pipeline
    options = short(rate, SHORT) | {"timeout": "30s", "connections": 1, "pipeline": pipeline}
    with datagrams(echoed(response_bytes)) as port:
        done = run(port, protocol="udp", request_bytes=request_bytes, response_bytes=response_bytes, **options)
    good(done, rate)
    assert done.end["stray"] == 0
    assert_bytes(done, request_bytes, response_bytes)


@pytest.mark.parametrize("rate", [500, "max"])
def test_a_connection_carries_one_request_and_leaves_no_port(rate: object) -> None:
    with served(sized(64, 1000)) as port:
        done = run(port, protocol="tcp-crr", response_bytes=1000, **short(rate, SHORT))
        table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    good(done, rate)
    assert len(done.values("connect")) == done.end["requests"]
    for latency, connect in zip(done.values("latency"), done.values("connect"), strict=True):
        assert latency >= connect  # sorted both: a request takes at least its connecting
    # State 06 is TIME_WAIT; field 2 is the far end.
    assert not [row for row in table if row[3] == "06" and row[2].endswith(f":{port:04X}")]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_ipv6_is_a_target_like_any_other(protocol: str) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    server = served(sized(64, 64), "::1") if protocol == "tcp" else datagrams(echoed(64), "::1")
    with server as port:
        assert_good(run(port, target="::1", protocol=protocol, **SHORT), REQUESTS)


@pytest.mark.parametrize("threads", [1, 3, 7])
@pytest.mark.parametrize("protocol", ["http", "tcp", "udp"])
def test_a_rate_that_does_not_divide_is_shared_exactly(protocol: str, threads: int) -> None:
    """991 requests/s for 0.7 s are 693.7: the numbers 0 to 693."""
    options: dict[str, Any] = {
        "rate": 991,
        "duration": "0.7s",
        "connections": 11,
        "threads": threads,
        "drain": "30s",
    }
    server = {
        "http": lambda: served(always(answer())), "tcp": lambda: served(sized(64, 64)), "udp": lambda: datagrams(echoed(64))
    }[protocol]()  # fmt: skip
    with server as port:
        done = run(port, protocol=protocol, timeout="30s", **options)
    assert_good(done, 694)
    assert len(done.values("pacing")) == 694


@pytest.mark.parametrize("protocol", ["tcp", "tcp-crr"])
@pytest.mark.parametrize("rate", [100, "max"])
def test_tcp_answers_that_are_too_long_are_reported(protocol: str, rate: object) -> None:
    # A busy machine may take longer than the usual limits, and a timeout is another error.
    with served(sized(64, 65)) as port:
        done = run(port, protocol=protocol, **QUICK | {"rate": rate, "timeout": "30s", "drain": "30s"})
    done.assert_accounted()
    assert done.end["requests"] > 0
    # Bytes that come when nothing is under way belong to no request; the connection is opened anew.
    assert done.errors().get("length", 0) + done.end["stray"] > 0
    if protocol == "tcp-crr":
        assert done.status == 3 and done.errors() == {"length": done.end["requests"]}


def test_a_surplus_answer_that_comes_with_another_leaves_doubt() -> None:
    """Once two answers come together. Which of them was late, and whose it was, nobody knows."""

    async def shift(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        count = 0
        while await reader.readexactly(64):
            count += 1
            writer.write(b"a" * (128 if number == 1 and count == 11 else 64))
            await writer.drain()

    with served(shift) as port:
        done = run(port, protocol="tcp", **QUICK | {"rate": "max", "connections": 1, "timeout": "30s", "drain": "30s"})
    done.assert_accounted()
    # All that the connection answered before may have been shifted.
    assert done.errors()["length"] == 1 and done.errors()["surplus"] == 10


@pytest.mark.parametrize("protocol", ["tcp", "tcp-crr"])
@pytest.mark.parametrize("rate", [100, "max"])
def test_short_tcp_answers_end_in_timeouts_and_a_hint(protocol: str, rate: object) -> None:
    with served(sized(64, 63)) as port:
        done = run(port, protocol=protocol, **QUICK | {"rate": rate})
    done.assert_accounted()
    assert done.status == 3 and set(done.errors()) == {"timeout"}
    assert "compare --request-bytes and --response-bytes with the settings of the server" in done.stderr


def test_a_server_that_stops_answering_is_not_called_short() -> None:
    """Whole answers came in the warm-up, so the sizes are right."""

    async def stop(reader: Reader, writer: Writer, number: int) -> None:
        await reader.readexactly(64)
        writer.write(b"a" * 64)
        await reader.read()

    with served(stop) as port:
        done = run(port, protocol="tcp", rate=100, warmup="1s", duration="0.2s", connections=1, drain="0.1s")
    done.assert_accounted()
    assert done.status == 3 and done.end["completed"] == 0 and done.end["bytes_in"] == 64
    assert "compare --request-bytes" not in done.stderr


@pytest.mark.parametrize("protocol", ["tcp", "tcp-crr", "udp"])
@pytest.mark.parametrize("rate", [100, "max"])
def test_a_server_that_never_answers_ends_in_timeouts(protocol: str, rate: object) -> None:
    async def stall(reader: Reader, writer: Writer, number: int) -> None:
        await reader.read()
        await asyncio.sleep(0)

    server = datagrams(lambda datagram, number: ()) if protocol == "udp" else served(stall)
    with server as port:
        done = run(port, protocol=protocol, **QUICK | {"rate": rate})
    done.assert_accounted()
    assert done.status == 3 and set(done.errors()) == {"timeout"} and done.end["completed"] == 0
    if rate == 100:
        assert done.end["requests"] == 30


@pytest.mark.parametrize("rate", [500, "max"])
@pytest.mark.parametrize("protocol", ["tcp", "tcp-crr"])
def test_a_server_that_closes_is_counted(protocol: str, rate: object) -> None:
    async def leave(reader: Reader, writer: Writer, number: int) -> None:
        await reader.readexactly(64)
        writer.write(b"r" * 10)

    with served(leave) as port:
        done = run(port, protocol=protocol, **short(rate, SHORT) | {"duration": "0.2s"})
    done.assert_accounted()
    assert done.status == 3 and set(done.errors()) == {"closed"}


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("pipeline", [1, 8])
@pytest.mark.parametrize("rate", [500, "max"])
def test_a_port_that_no_udp_server_has_is_counted_and_named(rate: object, pipeline: int) -> None:
    done = run(free_udp_port(), protocol="udp", pipeline=pipeline, **short(rate, SHORT))
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {"connect": done.end["requests"]}
    assert done.stderr.endswith("The last connection failed with: Connection refused.\n")
    # A closed loop asks again, but not as fast as it can be refused.
    assert done.end["requests"] == REQUESTS if rate == 500 else 4 <= done.end["requests"] <= 4 * 10 * pipeline


def test_an_unreachable_datagram_address_is_one_sentence() -> None:
    done = run(9, target="255.255.255.255", protocol="udp", **SHORT)
    assert (done.status, done.stdout) == (3, "")
    assert "cannot connect to 255.255.255.255 port 9: " in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("pipeline", [1, 4])
def test_lost_datagrams_are_timeouts_and_the_others_are_measured(pipeline: int) -> None:
    lost = 0

    def drop_each_tenth(datagram: bytes, number: int) -> Iterator[bytes]:
        nonlocal lost
        if number % 10:
            yield datagram
        else:
            lost += 1

    with datagrams(drop_each_tenth) as port:
        done = run(port, protocol="udp", pipeline=pipeline, **SHORT | {"timeout": "300ms"})
    done.assert_accounted()
    assert done.status == 0 and done.end["requests"] == REQUESTS and done.end["unfinished"] == 0
    # A machine that stands still may time out one of each connection too; its answer is a stray, if it comes before the end.
    assert lost + done.end["stray"] <= done.errors()["timeout"] < REQUESTS / 2


def test_an_answer_after_its_timeout_is_stray_and_not_the_next() -> None:
    """Each answer is held back until the next request has come, by which time its own request has been given up."""
    held: list[bytes] = []

    def late(datagram: bytes, number: int) -> Iterator[bytes]:
        yield from held
        held[:] = [datagram]

    with datagrams(late) as port:
        done = run(port, protocol="udp", rate=20, duration="1s", connections=1, timeout="10ms", drain="1s")
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {"timeout": 20}
    # On a machine that stands still, the last ones may come after the load has ended.
    assert 1 <= done.end["stray"] <= 19 and f" {done.end['stray']} stray answers," in done.stderr


def test_answers_that_come_twice_are_stray_the_second_time() -> None:
    with datagrams(lambda datagram, number: (datagram, datagram)) as port:
        done = run(port, protocol="udp", **SHORT)
    assert done.status == 0 and done.end["completed"] == REQUESTS
    # The very last one may come after the load has ended.
    assert REQUESTS - 4 <= done.end["stray"] <= REQUESTS


def test_datagrams_may_be_answered_in_any_order() -> None:
    chance = random.Random(5)
    held: list[bytes] = []

    def shuffle(datagram: bytes, number: int) -> Iterator[bytes]:
        held.append(datagram)
        if len(held) == 8:
            chance.shuffle(held)
            yield from held
            held.clear()

    with datagrams(shuffle) as port:
        done = run(port, protocol="udp", pipeline=8, **SHORT | {"connections": 1, "timeout": "30s"})
    assert_good(done, REQUESTS)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (lambda datagram, number: (datagram + b"x",), "length"),
        (lambda datagram, number: (datagram[:-1],), "length"),
        (lambda datagram, number: (datagram[:7],), "timeout"),
        (lambda datagram, number: (b"",), "timeout"),
        (lambda datagram, number: (bytes(64),), "timeout"),
        (lambda datagram, number: (random.Random(number).randbytes(64),), "timeout"),
    ],
)
@pytest.mark.parametrize("pipeline", [1, 3])
def test_wrong_datagrams_are_no_answer(
    reply: Callable[[bytes, int], Iterable[bytes]], kind: str, pipeline: int
) -> None:
    with datagrams(reply) as port:
        patience = "30s" if kind == "length" else "50ms"
        done = run(port, protocol="udp", pipeline=pipeline, **QUICK | {"drain": "10s", "timeout": patience})
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {kind: 30}
    assert (done.end["examples"].get("length") in (63, 65)) is (kind == "length")
    # What comes after the last timeout is not seen any more.
    assert done.end["stray"] == 0 if kind == "length" else 1 <= done.end["stray"] <= 30


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [1000, "max"])
@pytest.mark.parametrize("pipeline", [1, 7])
def test_every_datagram_is_accounted_for_with_any_server(pipeline: int, rate: object, seed: int) -> None:
    chance = random.Random(seed)
    held: list[bytes] = []

    def erratic(datagram: bytes, number: int) -> Iterator[bytes]:
        match chance.randrange(12):
            case 0:
                pass
            case 1:
                held.append(datagram)
            case 2:
                yield from (datagram, datagram)
            case 3:
                yield datagram[: chance.randrange(64)]
            case 4:
                yield chance.randbytes(chance.randrange(200))
            case 5:
                yield from held
                held.clear()
            case _:
                yield datagram

    with datagrams(erratic) as port:
        done = run(
            port, protocol="udp", pipeline=pipeline, rate=rate, duration="0.3s", connections=6, threads=2,
            timeout="40ms", drain="0.1s",
        )  # fmt: skip
    done.assert_accounted()
    assert done.status == (0 if done.end["completed"] else 3)
    if rate == 1000:
        assert done.end["requests"] == 300


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("rate", [1000, "max"])
@pytest.mark.parametrize(("protocol", "pipeline"), [("tcp", 1), ("tcp", 7), ("tcp-crr", 1)])
def test_no_request_is_lost_whatever_a_server_does(protocol: str, pipeline: int, rate: object, seed: int) -> None:
    chance = random.Random(seed)

    async def erratic(reader: Reader, writer: Writer, number: int) -> None:
        while await reader.readexactly(64):
            match chance.randrange(12):
                case 0:
                    return
                case 1:
                    writer.transport.abort()
                    return
                case 2:
                    writer.write(b"r" * chance.randrange(64))
                case 3:
                    writer.write(b"r" * chance.randrange(65, 200))
                case 4:
                    pass
                case _:
                    writer.write(b"r" * 64)
            await writer.drain()

    with served(erratic) as port:
        done = run(
            port, protocol=protocol, pipeline=pipeline, rate=rate, duration="0.3s", connections=6, threads=2,
            timeout="40ms", drain="0.1s",
        )  # fmt: skip
    done.assert_accounted()
    assert done.status == (0 if done.end["completed"] else 3)
    if rate == 1000:
        assert done.end["requests"] == 300


def test_numbers_are_not_those_of_a_load_before() -> None:
    """Or an answer of the load before, to the same port, would be taken for one of this."""
    seen: set[bytes] = set()

    def remember(datagram: bytes, number: int) -> Iterator[bytes]:
        assert datagram[:8] not in seen
        seen.add(datagram[:8])
        yield datagram

    with datagrams(remember) as port:
        for _ in range(2):
            assert_good(run(port, protocol="udp", **SHORT | {"connections": 1}), REQUESTS)
