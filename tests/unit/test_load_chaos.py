"""A server that does something else with every request, by a seed: whatever it does, no request is lost or counted twice.

What each request comes to depends on timing, so only the accounts are looked at, under the address sanitizer. A thread that polls
for the answers of a single connection reads them without asking epoll first, so that has cases of its own.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.support.generator import Behaviour, answer, request, run, served

GOOD = answer()
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3c\r\n"
    + b"x" * 60
    + b"\r\n28\r\n"
    + b"y" * 40
    + b"\r\n0\r\n\r\n"
)
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100
BARE = GOOD.replace(b"\r\n", b"\n")
CLOSING = answer(b"x" * 100, "200 OK", "Connection: close")


async def in_pieces(writer: asyncio.StreamWriter, text: bytes, chance: random.Random) -> None:
    at = 0
    while at < len(text):
        length = chance.randint(1, len(text))
        writer.write(text[at : at + length])
        await writer.drain()
        await asyncio.sleep(0)
        at += length


def erratic(seed: int) -> Behaviour:
    chance = random.Random(seed)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        if chance.random() < 0.05:
            return
        if chance.random() < 0.05:
            writer.write(b"HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n")  # nobody has asked
        while await request(reader):
            match chance.randrange(23):
                case 0:
                    return
                case 1:
                    await in_pieces(writer, GOOD[: chance.randrange(len(GOOD))], chance)
                    return
                case 2:
                    writer.write(CLOSING)
                    return
                case 3:
                    writer.write(CLOSING)  # and stays
                case 4:
                    writer.write(GOOD + GOOD[: chance.randrange(1, len(GOOD))])
                case 5:
                    writer.write(chance.randbytes(chance.randint(1, 20000)))
                case 6:
                    await in_pieces(writer, answer(b"y" * 70000, "503 Busy"), chance)
                case 7:
                    writer.write(answer(b"y" * chance.randrange(200)))
                case 8:
                    writer.transport.abort()
                    return
                case 9:
                    writer.write(GOOD)
                    writer.write_eof()
                    await reader.read()
                    return
                case 10:
                    pass  # forgotten: what follows is taken for its answer, or it times out
                case 11:
                    await in_pieces(writer, CHUNKED, chance)
                case 12:
                    await in_pieces(writer, INTERIM + GOOD, chance)
                case 13:
                    await in_pieces(writer, UNTIL_CLOSE, chance)
                    return
                case 14:
                    writer.write(UNTIL_CLOSE)
                    writer.transport.abort()
                    return
                case 15:
                    writer.write(GOOD + GOOD)
                case 16:
                    await in_pieces(writer, BARE, chance)
                case 17:
                    await in_pieces(writer, CHUNKED[: chance.randrange(len(CHUNKED))] + chance.randbytes(9), chance)
                case _:
                    await in_pieces(writer, GOOD, chance)

    return behave


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [1000, "max"])
@pytest.mark.parametrize(("protocol", "pipeline"), [("http", 1), ("http", 7), ("http-crr", 1)])
@pytest.mark.parametrize(("timing", "connections", "threads"), [("sleep", 6, 2), ("spin", 1, 1)])
def test_no_request_is_lost_whatever_a_server_does(
    timing: str, connections: int, threads: int, protocol: str, pipeline: int, rate: object, seed: int
) -> None:
    with served(erratic(seed)) as port:
        done = run(
            port, protocol=protocol, pipeline=pipeline, rate=rate, duration="0.2s", connections=connections, threads=threads,
            timing=timing, timeout="40ms", drain="0.1s", expect_bytes=100,
        )  # fmt: skip
    done.assert_accounted()
    assert done.status == (0 if done.end["completed"] else 3)
    if rate == 1000:
        assert done.end["requests"] == 200


@pytest.mark.parametrize(("timing", "connections"), [("sleep", 3), ("spin", 1)])
@pytest.mark.parametrize(
    "endless", [INTERIM, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 9]
)
def test_a_response_without_end_times_out(endless: bytes, timing: str, connections: int) -> None:
    """It comes faster than it is read, so that there is always more of it."""
    repeated = (endless if endless == INTERIM else endless[-54:]) * (1 << 14)

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await request(reader)
        writer.write(endless)
        while True:
            writer.write(repeated)
            await writer.drain()

    with served(flood) as port:
        done = run(port, rate=20, duration="0.2s", drain="0.5s", timeout="0.2s", connections=connections, timing=timing)
    done.assert_accounted()
    assert done.end["completed"] == 0 and done.end["lost"] == 4


def test_a_connection_with_a_closed_number_gets_requests_alone() -> None:
    """Of four connections two have the numbers of standard output and error, for which there are results and progress."""
    heads = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while head := await request(reader):
            heads.append(head)
            writer.write(GOOD)
            await writer.drain()

    closed = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    with served(collect) as port:
        done = run(port, under=closed, rate=20, duration="1.2s", connections=4, drain="30s", progress=None)
    assert done.status == 0 and len(heads) == 24
    assert {head.split(b" ")[0] for head in heads} == {b"GET"}
