"""The generator over loopback, against servers that behave and servers that do not: every request comes to one counted end.

Nothing here depends on how fast the machine is: rates are low, the drain is long, and what is asserted are counts.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from typing import Any

import pytest

from tests.support.generator import (
    REQUESTS,
    SHORT,
    THREAD,
    always,
    answer,
    ask,
    assert_good,
    request,
    run,
    served,
    short,
)

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@pytest.mark.parametrize("timing", ["sleep", "spin"])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_request_of_an_even_rate_is_sent_and_measured(timing: str, threads: int) -> None:
    with served(always(answer())) as port:
        done = run(port, **SHORT, timing=timing, threads=threads, expect_bytes=100)
    assert_good(done, REQUESTS)
    for latency, service in zip(done.values("latency"), done.values("service"), strict=True):
        assert latency >= service > 0
    assert done.start["timing"] == timing and done.start["threads"] == threads
    assert done.end["bytes_in"] == REQUESTS * len(answer())


def test_poisson_requests_are_those_of_the_schedule() -> None:
    expected = sum(int(time) < 400_000_000 for time in ask("schedule", 500, "poisson", 0, 1, 1, 5, 500))
    with served(always(answer())) as port:
        assert_good(run(port, **SHORT, arrivals="poisson", seed=5), expected)


def test_the_warm_up_is_load_that_is_not_recorded() -> None:
    seen = 0

    async def count(reader: Reader, writer: Writer, number: int) -> None:
        nonlocal seen
        while await request(reader):
            seen += 1
            writer.write(answer())

    with served(count) as port:
        assert_good(run(port, **SHORT, warmup="0.2s"), REQUESTS)
    assert seen == 100 + REQUESTS


def test_each_second_has_its_own_histograms() -> None:
    with served(always(answer())) as port:
        done = run(port, **SHORT | {"duration": "2.5s", "rate": 100})
    assert_good(done, 250)
    assert [line["second"] for line in done.lines[1:-1]] == [0, 1, 2]
    assert [line["end_ns"] - line["start_ns"] for line in done.lines[1:-1]] == [10**9, 10**9, 10**9 // 2]
    assert sum(count for _, count in done.lines[1]["connect"]) == 4


def test_a_closed_loop_keeps_every_connection_busy() -> None:
    with served(always(answer())) as port:
        done = run(port, **short("max"))
    assert_good(done, done.end["requests"])
    assert done.end["completed"] > 0 and done.values("lag") == [0] * done.end["completed"]


def test_responses_in_small_pieces_are_put_together() -> None:
    async def dribble(reader: Reader, writer: Writer, number: int) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while await request(reader):
            for at in range(0, len(answer()), 5):
                writer.write(answer()[at : at + 5])
                await writer.drain()
                await asyncio.sleep(0)

    with served(dribble) as port:
        assert_good(run(port, **SHORT, expect_bytes=100), REQUESTS)


def test_a_large_body_is_read_to_its_end() -> None:
    with served(always(answer(b"z" * 1_000_003))) as port:
        assert_good(run(port, rate=20, duration="0.4s", connections=2, drain="30s", expect_bytes=1_000_003), 8)


@pytest.mark.parametrize("rate", [500, "max"])
def test_pipelined_requests_are_answered_in_one_write(rate: object) -> None:
    async def gather(reader: Reader, writer: Writer, number: int) -> None:
        while received := await reader.read(65536):
            left = received
            while not left.endswith(b"\r\n\r\n"):
                left += await reader.read(65536)
            writer.write(answer() * left.count(b"\r\n\r\n"))
            await writer.drain()

    with served(gather) as port:
        done = run(port, **short(rate), pipeline=8, expect_bytes=100)
    assert_good(done, REQUESTS if rate == 500 else done.end["requests"])


def test_a_server_that_announces_its_closing_costs_no_request() -> None:
    async def leave(reader: Reader, writer: Writer, number: int) -> None:
        await request(reader)
        writer.write(answer(b"x", "200 OK", "Connection: close"))

    with served(leave) as port:
        for rate in (500, "max"):
            done = run(port, **short(rate))
            assert_good(done, REQUESTS if rate == 500 else done.end["requests"])
            # Each request but the first of a connection waited for a new one: that is not what was asked for, so it is said.
            assert done.end["tcp"]["reopened"] >= done.end["requests"] - done.start["connections"] > 0


def test_connections_that_stay_open_are_opened_once() -> None:
    with served(always(answer())) as port:
        assert run(port, **SHORT).end["tcp"]["reopened"] == 0


def test_an_unannounced_close_loses_only_requests_under_way() -> None:
    async def leave(reader: Reader, writer: Writer, number: int) -> None:
        for _ in range(3):
            await request(reader)
            writer.write(answer())

    with served(leave) as port:
        done = run(port, **SHORT)
    done.assert_accounted()
    assert done.status == 0 and done.end["requests"] == REQUESTS and done.end["unfinished"] == 0
    assert set(done.errors()) <= {"closed"}


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer(b"x" * 100, "500 Internal Server Error"), "status"),
        (answer(b"x" * 99), "length"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx", "garbage"),
        (answer().replace(b"\r\n", b"\n"), "garbage"),
        (answer().replace(b"\r\n", b"\r"), "garbage"),
        (b"HTTP/1.1 200 OK\rContent-Length: 100\r\n\r\n" + b"x" * 100, "garbage"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20000 + b"\r\n\r\n", "garbage"),
    ],
)
@pytest.mark.parametrize("rate", [500, "max"])
def test_wrong_answers_are_counted_by_kind_and_not_measured(response: bytes, kind: str, rate: object) -> None:
    with served(always(response)) as port:
        done = run(port, **short(rate) | {"drain": "5s"}, expect_bytes=100)
    done.assert_accounted()
    assert done.status == 3
    assert done.errors() == {kind: done.end["requests"]} and done.end["requests"] > 0
    assert done.stderr.startswith(f"barewire-load: none of {done.end['requests']} requests to 127.0.0.1 port {port} ")
    start = b"x" if b"chunked" in response else response[:48]  # the chunk is wrong, not the header
    first = {
        "status": " (the first: 500)",
        "length": " (the first: 99 B)",
        "garbage": f' (the first: "{start[:3].decode().strip()}',
    }[kind]
    assert f" {done.end['requests']} {kind}{first}" in done.stderr and done.stderr.count("\n") == 1
    assert done.end["examples"] == {kind: {"status": 500, "length": 99, "garbage": start.decode()}[kind]}
    if rate == 500:
        assert done.end["requests"] == REQUESTS


def test_wrong_answers_among_good_ones_do_not_fail_the_load() -> None:
    async def mix(reader: Reader, writer: Writer, number: int) -> None:
        turn = 0
        while await request(reader):
            writer.write(answer(b"", "503 Busy") if turn % 2 else answer())
            turn += 1

    with served(mix) as port:
        done = run(port, **SHORT)
    done.assert_accounted()
    assert done.status == 0 and done.errors() == {"status": REQUESTS // 2}


@pytest.mark.parametrize("rate", [500, "max"])
@pytest.mark.parametrize("protocol", ["http", "http-crr"])
@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3c\r\n" + b"x" * 60 + b"\r\n28\r\n" + b"y" * 40 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + answer(),
    ],
)  # fmt: skip
def test_chunks_and_interim_responses_are_read(response: bytes, protocol: str, rate: object) -> None:
    with served(always(response)) as port:
        done = run(port, **short(rate), protocol=protocol, expect_bytes=100)
    assert_good(done, REQUESTS if rate == 500 else done.end["requests"])


@pytest.mark.parametrize("rate", [500, "max"])
@pytest.mark.parametrize("protocol", ["http", "http-crr"])
def test_a_response_may_last_until_the_server_closes(protocol: str, rate: object) -> None:
    async def leave(reader: Reader, writer: Writer, number: int) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100)

    with served(leave) as port:
        done = run(port, **short(rate), protocol=protocol, expect_bytes=100)
    assert_good(done, REQUESTS if rate == 500 else done.end["requests"])


def test_a_response_that_lasts_until_a_reset_is_not_whole() -> None:
    async def abort(reader: Reader, writer: Writer, number: int) -> None:
        await request(reader)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100)

    with served(abort) as port:
        done = run(port, **SHORT)
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {"closed": REQUESTS}


@pytest.mark.parametrize("rate", [500, "max"])
def test_a_second_answer_to_a_request_is_stray(rate: object) -> None:
    """The second one has another length, so that it would be an error of the request that it was taken for."""
    twice = answer(b"x" * 100) + answer(b"y" * 50)
    with served(always(twice)) as port:
        done = run(port, **short(rate), expect_bytes=100)
    done.assert_accounted()
    # Which of the two was the request's own, nobody knows.
    assert done.errors() == {"surplus": done.end["requests"]} and done.end["requests"] > 0
    # A closed loop may send the last request of each connection when the recorded time has just ended.
    assert 0 <= done.end["stray"] - done.end["requests"] <= done.start["connections"]
    assert done.end["examples"]["stray"] == answer(b"y" * 50)[:48].decode()
    assert 'stray answers (the first: "HTTP/1.1 200 OK' in done.stderr


@pytest.mark.parametrize("rate", [500, "max"])
def test_a_second_answer_that_follows_alone_is_counted_too(rate: object) -> None:
    async def twice(reader: Reader, writer: Writer, number: int) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while await request(reader):
            for _ in range(2):
                writer.write(answer())
                await writer.drain()

    with served(twice) as port:
        done = run(port, **short(rate))
    done.assert_accounted()
    assert done.end["stray"] > 0 and "stray" in done.end["examples"]


@pytest.mark.parametrize("pipeline", [1, 3])
@pytest.mark.parametrize("request_bytes", [1, 100, 300_000])
def test_http_post_sends_bodies_of_the_size_given(request_bytes: int, pipeline: int) -> None:
    bodies: set[bytes] = set()

    async def take(reader: Reader, writer: Writer, number: int) -> None:
        while head := await request(reader):
            assert head.startswith(b"POST /100 HTTP/1.1\r\n") and b"Content-Length: %d\r\n" % request_bytes in head
            bodies.add(await reader.readexactly(request_bytes))
            writer.write(answer())
            await writer.drain()

    with served(take) as port:
        done = run(port, **SHORT | {"rate": 100}, protocol="http-post", request_bytes=request_bytes, pipeline=pipeline,
                   payload=7, expect_bytes=100)  # fmt: skip
    assert_good(done, 40)
    assert done.start["request_bytes"] == request_bytes and len(bodies) == 1
    assert request_bytes < 100 or len(set(bodies.pop())) > 50


def test_http_post_reads_answers_that_come_byte_by_byte() -> None:
    async def dribble(reader: Reader, writer: Writer, number: int) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while await request(reader):
            await reader.readexactly(10)
            for byte in answer(b"x" * 20):
                writer.write(bytes([byte]))
                await writer.drain()

    with served(dribble) as port:
        done = run(port, **SHORT | {"rate": 50}, protocol="http-post", request_bytes=10, expect_bytes=20)
    assert_good(done, 20)


@pytest.mark.parametrize("nodelay", [False, True])
def test_a_lone_surplus_answer_is_stray_after_the_load(nodelay: bool) -> None:
    """One answer more than requests, sent when the next request has arrived: it is taken for that one's, and so on to the end."""
    extra = threading.Event()

    async def shift(reader: Reader, writer: Writer, number: int) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
        while await request(reader):
            if not extra.is_set():
                extra.set()
                writer.write(answer())
                await request(reader)
                writer.write(answer())
            writer.write(answer())
            await writer.drain()

    with served(shift) as port:
        done = run(port, path="/100", rate="max", duration="0.3s", connections=1, drain="30s")
    assert (done.end["stray"], done.end["ambiguous"]) == (1, 0)
    # Where the surplus one shows at once, the connection is opened again and good.
    assert done.errors() and set(done.errors()) <= {"surplus", "garbage"}
    assert done.end["examples"]["stray"] == answer()[:48].decode()
    done.assert_accounted()


@pytest.mark.parametrize("options", [{}, {"progress": None, "sanitizer": THREAD}, {"interval": "50ms"}])
def test_a_surplus_answer_is_credited_to_no_request(options: dict[str, Any]) -> None:
    """Late in the load, of one of two connections: each answer takes 20 ms, and only the surplus one comes at once."""
    delay_s = 0.02

    async def shift(reader: Reader, writer: Writer, number: int) -> None:
        count = 0
        while await request(reader):
            count += 1
            await asyncio.sleep(delay_s)
            if number == 1 and count == 10:
                writer.write(answer())
                await request(reader)
                writer.write(answer())
                await asyncio.sleep(delay_s)
            writer.write(answer())
            await writer.drain()

    with served(shift) as port:
        done = run(port, path="/100", rate="max", duration="1.6s", connections=2, drain="30s", **options)
    done.assert_accounted()
    assert (done.end["stray"], done.end["ambiguous"]) == (1, 0)
    assert set(done.errors()) == {"surplus"} and 10 < done.errors()["surplus"] < 0.6 * done.end["requests"]
    assert min(done.values("latency")) > delay_s * 0.95e9
    assert done.end["achieved_per_s"] * 1.6 <= done.end["completed"]


def test_a_server_that_answers_all_twice_gets_little_credit() -> None:
    """The second answer comes when the next request has arrived; every answer that is left has its own request."""

    async def twice(reader: Reader, writer: Writer, number: int) -> None:
        while await request(reader):
            writer.write(answer())
            await writer.drain()
            await asyncio.sleep(0.002)
            writer.write(answer())
            await writer.drain()

    with served(twice) as port:
        done = run(port, path="/100", rate="max", duration="0.5s", connections=4, drain="30s", timeout="100ms")
    done.assert_accounted()
    assert done.end["ambiguous"] == 0 and done.end["stray"] > 0 and done.errors()["surplus"] > 0
    # What a server that stands still sends after the generator waited for more shows nothing of each connection's last answer.
    assert done.end["completed"] <= 4


def test_an_answer_on_an_idle_connection_is_stray() -> None:
    """Nobody asked for it: it is credited to no request, and the connection is opened again."""

    async def speak(reader: Reader, writer: Writer, number: int) -> None:
        if number == 1:
            writer.write(answer(b"y" * 50))
        while await request(reader):
            writer.write(answer())

    with served(speak) as port:
        done = run(
            port, path="/100", rate=20, duration="0.3s", warmup="0.2s", connections=1, drain="30s", expect_bytes=100
        )
    assert_good(done, 6)
    assert done.end["stray"] == 1


def test_a_server_that_closes_within_a_body_is_counted() -> None:
    async def cut(reader: Reader, writer: Writer, number: int) -> None:
        await request(reader)
        writer.write(answer()[:-1])

    with served(cut) as port:
        done = run(port, **SHORT)
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {"closed": REQUESTS}


@pytest.mark.parametrize("protocol", ["http", "http-crr"])
@pytest.mark.parametrize("rate", [100, "max"])
def test_a_server_that_never_answers_ends_in_timeouts(protocol: str, rate: object) -> None:
    async def stall(reader: Reader, writer: Writer, number: int) -> None:
        await reader.read()

    with served(stall) as port:
        done = run(port, protocol=protocol, rate=rate, duration="0.3s", connections=2, timeout="50ms", drain="0.2s")
    done.assert_accounted()
    assert done.status == 3 and set(done.errors()) == {"timeout"} and done.end["completed"] == 0
    if rate == 100:
        assert done.end["requests"] == 30


def test_what_has_no_answer_when_waiting_ends_is_unfinished() -> None:
    async def stall(reader: Reader, writer: Writer, number: int) -> None:
        await reader.read()

    with served(stall) as port:
        done = run(port, **SHORT | {"drain": "0ms"})
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {} and done.end["unfinished"] == done.end["requests"] == REQUESTS
    assert done.stderr.endswith(f" {REQUESTS} unfinished.\n")


def test_requests_that_do_not_fit_a_socket_are_written_later() -> None:
    """Of 256 requests of 1 KB at once only a part fits while the server reads in small bites from a small buffer."""
    path = "/" + "p" * 1000
    seen: list[bytes] = []

    async def sip(reader: Reader, writer: Writer, number: int) -> None:
        held = b""
        while bite := await reader.read(3000):
            *whole, held = (held + bite).split(b"\r\n\r\n")
            seen.extend(whole)
            writer.write(answer() * len(whole))
            await writer.drain()

    with served(sip, tight=True) as port:
        options: dict[str, Any] = {"rate": 100_000, "duration": "10ms", "connections": 1, "drain": "30s"}
        done = run(port, **options, pipeline=256, path=path, expect_bytes=100)
    assert_good(done, 1000)
    assert len(seen) == 1000 and len(set(seen)) == 1 and seen[0].startswith(f"GET {path} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("rate", [100, "max"])
def test_a_server_that_accepts_nothing_is_counted_and_named(rate: object) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = int(full.getsockname()[1])
        done = run(port, protocol="http-crr", rate=rate, duration="0.3s", connections=4, timeout="50ms", drain="0.2s")
    done.assert_accounted()
    # The kernel opens one or two for the server that never accepts; they get no answer.
    assert done.status == 3 and set(done.errors()) == {"connect", "timeout"}
    assert done.stderr.endswith(" The last connection failed with: Connection timed out.\n")
    if rate == 100:
        assert done.end["requests"] == 30


@pytest.mark.parametrize("rate", [500, "max"])
def test_an_unreachable_address_is_counted_and_named(rate: object) -> None:
    done = run(9, target="255.255.255.255", protocol="http-crr", **short(rate))
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {"connect": done.end["requests"]}
    assert done.stderr.endswith("The last connection failed with: Network is unreachable.\n")
    assert done.end["requests"] == REQUESTS if rate == 500 else 4 <= done.end["requests"] <= 4 * 10


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_an_unreachable_server_is_one_sentence_and_no_output() -> None:
    port = free_port()
    done = run(port, **SHORT)
    assert (done.status, done.stdout) == (3, "")
    assert done.stderr == (
        f"barewire-load: cannot connect to 127.0.0.1 port {port}: Connection refused."
        " Start the server first, or check --target, --port and --connections.\n"
    )


@pytest.mark.parametrize("rate", [500, "max"])
def test_connections_that_are_all_refused_are_counted_and_named(rate: object) -> None:
    done = run(free_port(), **short(rate), protocol="http-crr")
    done.assert_accounted()
    assert done.status == 3 and done.errors() == {"connect": done.end["requests"]}
    assert done.stderr.endswith("The last connection failed with: Connection refused.\n")
    # A closed loop asks again, but not as fast as it can be refused.
    assert done.end["requests"] == REQUESTS if rate == 500 else 4 <= done.end["requests"] <= 4 * 10


def test_a_server_that_goes_away_is_counted_request_by_request() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = int(listener.getsockname()[1])

    def behave() -> None:
        accepted = [listener.accept()[0] for _ in range(4)]
        accepted[0].recv(4096)
        listener.close()
        for connection in accepted:
            connection.close()

    first = threading.Thread(target=behave)
    first.start()
    done = run(port, **SHORT | {"duration": "1s"})
    first.join()
    done.assert_accounted()
    assert done.end["requests"] == 500 and done.end["unfinished"] == 0
    assert set(done.errors()) <= {"connect", "closed"} and done.errors()["connect"] > 0


def test_connections_one_after_another_each_carry_one_request() -> None:
    async def one(reader: Reader, writer: Writer, number: int) -> None:
        assert b"Connection: close\r\n" in await request(reader)
        writer.write(answer(b"x", "200 OK", "Connection: close"))

    for rate in (500, "max"):
        with served(one) as port:
            done = run(port, **short(rate), protocol="http-crr")
        assert_good(done, REQUESTS if rate == 500 else done.end["requests"])
        assert len(done.values("connect")) == done.end["requests"]


def test_the_client_leaves_a_server_that_keeps_connections_open() -> None:
    with served(always(answer())) as port:
        assert_good(run(port, **SHORT, protocol="http-crr"), REQUESTS)


def test_an_announced_close_that_never_comes_ends_by_timeout() -> None:
    async def linger(reader: Reader, writer: Writer, number: int) -> None:
        await request(reader)
        writer.write(answer(b"x", "200 OK", "Connection: close"))
        await reader.read()

    with served(linger) as port:
        assert_good(
            run(port, protocol="http-crr", rate=20, duration="0.3s", connections=2, timeout="300ms", drain="30s"), 6
        )


def test_ipv6_is_a_target_like_any_other() -> None:
    hosts: list[bytes] = []

    async def remember(reader: Reader, writer: Writer, number: int) -> None:
        while asked := await request(reader):
            hosts.append(asked)
            writer.write(answer())

    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    with served(remember, "::1") as port:
        assert_good(run(port, target="::1", **SHORT), REQUESTS)
    assert f"\r\nHost: [::1]:{port}\r\n".encode() in hosts[0]
