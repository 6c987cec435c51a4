"""Servers that send more answers than requests, at the worst moments: no answer is credited to another request.

Every true answer takes at least `TRUE_S`, and only a surplus one comes sooner; so a recorded latency below that is another
answer's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.generator import Run, answer, request, run, served

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Read = Callable[[Reader], Awaitable[bytes]]

TRUE_S = 0.02
SIZES: dict[str, Any] = {"protocol": "tcp", "request_bytes": 64, "response_bytes": 64}


async def sized_request(reader: Reader) -> bytes:
    return await reader.readexactly(64)


PROTOCOLS = pytest.mark.parametrize(
    ("read", "response", "options"),
    [(sized_request, b"a" * 64, SIZES), (request, answer(), {"protocol": "http", "path": "/100"})],
    ids=["tcp", "http"],
)


def assert_none_credited(done: Run, true_s: float = TRUE_S) -> None:
    done.assert_accounted()
    assert done.end["stray"] >= 1 and done.end["ambiguous"] == 0
    assert done.errors()["surplus"] >= 1
    assert [value for value in done.values("latency") if value < true_s * 0.95e9] == []


@PROTOCOLS
@pytest.mark.parametrize("rate", [30, "max"])
def test_a_server_that_speaks_first_gets_no_credit(
    read: Read, response: bytes, options: dict[str, Any], rate: object
) -> None:
    """It speaks when the first request has arrived, before it reads it, so that nothing shows whose answer that is."""

    async def speak(reader: Reader, writer: Writer, number: int) -> None:
        first = True
        while await read(reader):
            if first:
                writer.write(response)
                await writer.drain()
            first = False
            await asyncio.sleep(TRUE_S)
            writer.write(response)

    with served(speak) as port:
        done = run(port, rate=rate, duration="0.4s", connections=2, drain="30s", **options)
    assert_none_credited(done)


@PROTOCOLS
def test_a_surplus_answer_held_back_gets_no_credit(read: Read, response: bytes, options: dict[str, Any]) -> None:
    """Held back over a pause of 100 ms, until the next request has arrived."""

    async def hold(reader: Reader, writer: Writer, number: int) -> None:
        count = 0
        while await read(reader):
            count += 1
            if number == 1 and count == 3:
                writer.write(response)
                await writer.drain()
            await asyncio.sleep(TRUE_S)
            writer.write(response)

    with served(hold) as port:
        done = run(port, rate=10, duration="0.6s", connections=1, drain="30s", **options)
    assert_none_credited(done)
    assert done.end["stray"] == 1 and done.end["completed"] >= 2


def test_answers_slower_than_the_rate_are_not_shifted_unseen() -> None:
    """Each takes 130 ms, requests come every 100 ms, and one too many came first: all look as if they took 30 ms, and the last
    one comes 100 ms after the end."""
    true_s = 0.13

    async def speak(reader: Reader, writer: Writer, number: int) -> None:
        later: set[asyncio.Task[None]] = set()
        first = True
        while await sized_request(reader):
            if first:
                writer.write(b"a" * 64)
            first = False
            later.add(asyncio.create_task(respond(writer)))

    async def respond(writer: Writer) -> None:
        await asyncio.sleep(true_s)
        writer.write(b"a" * 64)

    with served(speak) as port:
        done = run(port, rate=10, duration="0.6s", connections=1, drain="30s", **SIZES)
    assert_none_credited(done, true_s)


def test_a_request_with_its_own_connection_is_no_exception() -> None:
    """The server's greeting is a whole response; that to the request follows."""

    async def greet(reader: Reader, writer: Writer, number: int) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await request(reader)
        writer.write(answer(b"x", "200 OK", "Connection: close"))
        await writer.drain()
        await asyncio.sleep(TRUE_S)
        writer.write(answer(b"x", "200 OK", "Connection: close"))

    with served(greet) as port:
        done = run(port, protocol="http-crr", path="/", rate=50, duration="0.2s", connections=4, drain="30s")
    done.assert_accounted()
    # Of the last one of each connection the load does not wait for it.
    assert set(done.errors()) == {"surplus"} and done.end["completed"] <= 4 < done.errors()["surplus"]


def test_two_answers_on_a_connection_for_one_request_are_seen() -> None:
    """They come together, and the server does not announce that it closes: the connection is cut at the first one."""

    async def answer_twice(reader: Reader, writer: Writer, number: int) -> None:
        while await request(reader):
            writer.write(answer() + answer())
            await writer.drain()

    with served(answer_twice) as port:
        done = run(port, protocol="http-crr", path="/100", rate=100, duration="0.2s", connections=4, drain="30s")
    done.assert_accounted()
    assert done.errors() == {"surplus": 20} and done.end["stray"] == 20
    assert done.end["examples"]["stray"].startswith("HTTP/1.1 200")


def test_a_request_sent_a_timeout_ago_is_in_no_doubt() -> None:
    """What comes later would be no answer to it: only the request after the pause may have had another's."""

    async def twice(reader: Reader, writer: Writer, number: int) -> None:
        count = 0
        while await request(reader):
            count += 1
            writer.write(answer() * (1 + (number == 1 and count == 4)))
            await writer.drain()

    with served(twice) as port:
        done = run(port, path="/100", rate=5, duration="1s", connections=1, drain="30s", timeout="150ms")
    done.assert_accounted()
    # A busy machine may let a request time out.
    assert done.end["stray"] == 1 and 1 <= done.errors()["surplus"] < 3
