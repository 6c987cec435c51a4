"""The minimal test server: its answers, what it does with nonsense, and that it counts what it did."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
from itertools import pairwise

import pytest

from tests.support import generator
from tests.support.generator import LIMIT_SECONDS, THREAD
from tests.support.server import free_port, program, serving

HEAD = 250
GET = b"GET /100 HTTP/1.1\r\nHost: x\r\n\r\n"
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"
LAST = b"GET /100 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def connected(port: int, host: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection((host, port), timeout=LIMIT_SECONDS)


def datagrams(port: int, host: str = "127.0.0.1") -> socket.socket:
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    found.settimeout(LIMIT_SECONDS)
    found.connect((host, port))
    return found


def exactly(end: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        piece = end.recv(length - len(found))
        assert piece, f"the connection ended after {len(found)} of {length} bytes"
        found += piece
    return bytes(found)


def until_the_end(end: socket.socket) -> bytes:
    found = bytearray()
    while piece := end.recv(65536):
        found += piece
    return bytes(found)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_get_of_a_number_returns_that_many_bytes(host: str) -> None:
    port = free_port(host)
    with serving(f"--http={port}:0,100,70000", host=host) as server, connected(port, host) as end:
        for size in (100, 0, 70000, 100):
            end.sendall(f"GET /{size} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = exactly(end, HEAD + size)
            head, body = answer[:HEAD], answer[HEAD:]
            assert head.startswith(b"HTTP/1.1 200 OK\r\n") and head.endswith(b"\r\n\r\n")
            assert f"\r\nContent-Length: {size}\r\n".encode() in head and b"\r\nConnection: keep-alive\r\n" in head
            assert body == b"x" * size
    [counted] = server.counted["http"]
    assert (counted["connections"], counted["requests"], counted["answers"]) == (1, 4, 4)
    assert counted["bytes_out"] == 4 * HEAD + 70200


def test_the_server_closes_first_when_asked_to_close() -> None:
    port = free_port()
    with serving(f"--http={port}:100"), connected(port) as end:
        end.sendall(LAST)
        answer = until_the_end(end)
        assert len(answer) == HEAD + 100 and b"\r\nConnection: close\r\n" in answer


def test_http_1_0_closes_unless_it_asks_to_stay() -> None:
    port = free_port()
    with serving(f"--http={port}:100"), connected(port) as end:
        end.sendall(b"GET /100 HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n")
        exactly(end, HEAD + 100)
        end.sendall(b"GET /100 HTTP/1.0\r\n\r\n")
        assert len(until_the_end(end)) == HEAD + 100


def test_requests_in_any_pieces_are_answered_in_order() -> None:
    port, seed = free_port(), random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    sizes = [draw.choice([1, 100, 3000]) for _ in range(500)]
    stream = b"".join(f"GET /{size} HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n".encode() for size in sizes)
    cuts = sorted({0, len(stream), *(draw.randrange(len(stream)) for _ in range(300)), *range(40)})
    with serving(f"--http={port}:1,100,3000"), connected(port) as end:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for begin, stop in pairwise(cuts):
            end.sendall(stream[begin:stop])
        for size in sizes:
            answer = exactly(end, HEAD + size)
            assert f"Content-Length: {size}\r\n".encode() in answer[:HEAD]


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_posts_are_answered_like_gets_wherever_they_are_cut() -> None:
    """Bodies look like requests, so that one that is not skipped would be answered."""
    stream = post("/100", GET) + GET + post("/1", b"") + post("/7", b"xy") + post("/1", GET * 2, "Connection: close")
    sizes = [100, 100, 1, None, 1]
    port = free_port()
    with serving(f"--http={port}:1,100") as server:
        for cut in range(1, len(stream)):
            with connected(port) as end:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                end.sendall(stream[:cut])
                end.sendall(stream[cut:])
                for size in sizes:
                    if size is None:
                        assert exactly(end, len(MISSING)) == MISSING
                    else:
                        assert exactly(end, HEAD + size).startswith(b"HTTP/1.1 200 ")
                assert until_the_end(end) == b""
    counted = server.counted["http"][0]
    assert counted["garbage"] == 0 and counted["not_found"] == len(stream) - 1
    assert counted["requests"] == counted["answers"] == 5 * (len(stream) - 1)


def test_a_body_larger_than_every_buffer_is_discarded() -> None:
    port = free_port()
    body = bytes(16 << 20)
    with serving(f"--http={port}:100") as server, connected(port) as end:
        end.sendall(post("/100", body) + LAST)
        assert len(until_the_end(end)) == 2 * (HEAD + 100)
    assert server.counted["http"][0]["bytes_in"] > len(body)


def test_a_client_that_reads_late_gets_all_and_delays_nobody() -> None:
    port, count = free_port(), 50
    with serving(f"--http={port}:100,1000000") as server, connected(port) as late, connected(port) as other:
        late.sendall(b"GET /1000000 HTTP/1.1\r\n\r\n" * count)
        other.sendall(GET)
        exactly(other, HEAD + 100)
        late.sendall(LAST)
        assert len(until_the_end(late)) == count * (HEAD + 1_000_000) + HEAD + 100
    [counted] = server.counted["http"]
    assert counted["answers"] == counted["requests"] == count + 2


@pytest.mark.parametrize("path", ["/", "/101", "/0100", "/100x", "/1000000000000000000000"])
def test_another_path_is_not_found_and_the_connection_stays(path: str) -> None:
    port = free_port()
    with serving(f"--http={port}:100") as server, connected(port) as end:
        end.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() + LAST)
        answer = until_the_end(end)
        assert answer.startswith(b"HTTP/1.1 404 ") and answer.count(b"HTTP/1.1 200 ") == 1
    assert server.counted["http"][0]["not_found"] == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        b"hello\n",
        b"POST /100 HTTP/1.1\r\n\r\n",
        b"POST /100 HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /100 HTTP/1.1\r\nContent-Length: 0x5\r\n\r\nhello",
        b"POST /100 HTTP/1.1\r\nContent-Length: \r\n\r\n",
        b"POST /100 HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n",
        b"POST /100 HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /100 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /100 HTTP/2.0\r\n\r\n",
        b"GET /100\r\n\r\n",
        b"GET /100 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        b"GET /100 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /100 HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /100 HTTP/1.1\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 10_000,
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_nonsense_is_refused_and_the_connection_ended(nonsense: bytes) -> None:
    port = free_port()
    with serving(f"--http={port}:100") as server, connected(port) as end:
        end.sendall(nonsense)
        assert until_the_end(end).startswith(b"HTTP/1.1 400 ")
    assert server.counted["http"][0]["garbage"] == 1


def test_random_bytes_never_break_it() -> None:
    port, seed = free_port(), random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    with serving(f"--http={port}:100") as server:
        for _ in range(300):
            text = bytearray(GET * 3)
            for _ in range(draw.randrange(1, 6)):
                text[draw.randrange(len(text))] = draw.randrange(256)
            with connected(port) as end:
                end.sendall(text[: draw.randrange(len(text) + 1)])
        with connected(port) as end:
            end.sendall(LAST)
            assert len(until_the_end(end)) == HEAD + 100
    assert server.counted["http"][0]["connections"] == 301


@pytest.mark.parametrize(("request_bytes", "response_bytes"), [(1, 1), (100, 200_000), (100_000, 1), (7, 13)])
def test_so_many_bytes_are_answered_with_so_many(request_bytes: int, response_bytes: int) -> None:
    port, count = free_port(), 20
    with serving(f"--tcp={port}:{request_bytes}:{response_bytes}") as server, connected(port) as end:
        end.sendall(b"x" * (request_bytes * count + request_bytes // 2))
        exactly(end, response_bytes * count)
    [counted] = server.counted["tcp"]
    assert (counted["requests"], counted["answers"]) == (count, count)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_answered_datagram_repeats_the_first_eight_bytes(host: str) -> None:
    port = free_port(host)
    with serving(f"--udp={port}:16:40", host=host) as server, datagrams(port, host) as end:
        for number in range(100):
            head = number.to_bytes(8, "big")
            end.send(head + b"12345678")
            answer = end.recv(100)
            assert (answer[:8], len(answer)) == (head, 40)
        end.send(b"of another size")
        end.send(b"0123456789abcdef")
        end.recv(100)
    [counted] = server.counted["udp"]
    assert (counted["requests"], counted["answers"], counted["wrong_size"]) == (102, 101, 1)


def test_a_short_datagram_repeats_what_it_has() -> None:
    port = free_port()
    with serving(f"--udp={port}:3:2"), datagrams(port) as end:
        end.send(b"abc")
        assert end.recv(100) == b"ab"


def numbered(count: int, thread: int = 0, warmup: bool = False) -> bytes:
    return (count | thread << 48 | warmup << 63).to_bytes(8, "big") + bytes(56)


def sunk(sent: list[bytes], host: str = "127.0.0.1") -> dict[str, int]:
    port = free_port(host)
    with serving(f"--sink={port}", host=host) as server, datagrams(port, host) as end:
        for one in sent:
            end.send(one)
    found: dict[str, int] = server.counted["sink"][0]
    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_sink_reports_what_is_missing_late_or_twice(host: str) -> None:
    counts = [0, 1, 2, 6, 4, 4, 7, 3, 20_000, 19_999, 1]
    found = sunk([numbered(count) for count in counts], host)
    assert (found["packets"], found["bytes"], found["numbered"]) == (11, 11 * 64, 11)
    # 1 at the end is further behind than is remembered, so it is taken for a late one and not for a second one.
    assert (found["gaps"], found["reordered"], found["duplicates"]) == (2, 4, 1)
    assert found["missing"] == 20_001 - 10
    assert 0 < found["first_ns"] <= found["last_ns"]


def test_a_sink_agrees_with_a_model_on_random_ways() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    way = [n for n in range(200) for _ in range(draw.choice([0, 1, 1, 1, 2]))]
    for _ in range(40):
        i, j = draw.randrange(len(way)), draw.randrange(len(way))
        way[i], way[j] = way[j], way[i]
    found = sunk([numbered(n) for n in way])
    came: set[int] = set()
    duplicates = reordered = 0
    for n in way:
        duplicates += n in came
        reordered += n not in came and n < max(came, default=0)
        came.add(n)
    assert (found["duplicates"], found["reordered"]) == (duplicates, reordered)
    assert found["missing"] == max(way) + 1 - len(came)


def test_sender_threads_have_numbers_and_no_warm_up_counts() -> None:
    sent = [numbered(i, thread, warmup) for i in range(10) for thread in (0, 1, 255) for warmup in (True, False)]
    found = sunk([*sent, b"short", b"foreign!" * 8])
    assert (found["packets"], found["numbered"], found["warmup_packets"]) == (32, 30, 30)
    assert (found["missing"], found["gaps"], found["reordered"], found["duplicates"]) == (0, 0, 0, 0)


def test_a_sink_takes_a_stream() -> None:
    port = free_port()
    with serving(f"--sink={port}") as server, connected(port) as end:
        end.sendall(b"x" * 1_000_000)
        end.shutdown(socket.SHUT_WR)
        assert end.recv(1) == b""
    assert server.counted["sink"][0]["stream_bytes"] == 1_000_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_with_connections_open(number: int) -> None:
    port = free_port()
    with serving(f"--http={port}:100") as server, connected(port) as end:
        end.sendall(GET + b"GET /1")
        exactly(end, HEAD + 100)
        server.end(number)
        assert server.counted["http"][0]["requests"] == 1


def test_threads_share_a_port_without_a_race() -> None:
    ports = [free_port() for _ in range(3)]
    words = (f"--http={ports[0]}:100", f"--udp={ports[1]}:8:8", f"--tcp={ports[2]}:5:5", "--cpus=0,0,0")
    with serving(*words, sanitizer=THREAD) as server:
        ends = [connected(ports[0]) for _ in range(30)]
        for end in ends:
            end.sendall(GET)
        for end in ends:
            exactly(end, HEAD + 100)
            end.close()
        with datagrams(ports[1]) as end:
            end.send(b"12345678")
            assert end.recv(10) == b"12345678"
    assert server.counted["threads"] == 3
    assert server.counted["http"][0]["connections"] == server.counted["http"][0]["requests"] == 30


def test_more_connections_than_files_are_turned_away_and_counted() -> None:
    port, command = free_port(), ["prlimit", "--nofile=20", str(program()), "--bind=127.0.0.1"]
    with subprocess.Popen([*command, f"--http={port}:100"], stdout=subprocess.PIPE, text=True) as process:
        ends = []
        while len(ends) < 40:
            try:
                ends.append(connected(port))
            except ConnectionRefusedError:
                assert process.poll() is None and not ends
        answered = 0
        for end in ends:
            try:
                end.sendall(GET)
                answered += len(end.recv(1)) == 1
            except ConnectionError:
                pass
            end.close()
        process.terminate()
        out, _ = process.communicate(timeout=LIMIT_SECONDS)
    assert 0 < answered < 40
    assert f'"refused":{40 - answered}' in out


def test_ten_thousand_connections_are_served() -> None:
    port = free_port()
    with serving(f"--http={port}:100") as server:
        done = generator.run(
            port, connections=10_000, rate=5000, duration="2s", drain="30s", path="/100", expect_bytes=100
        )
    generator.assert_good(done, 10_000)
    assert server.counted["http"][0]["connections"] == 10_000


def refused(*words: str) -> str:
    done = subprocess.run([program(), *words], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("barewire-serve: ") and done.stderr.count("\n") == 1
    return done.stderr


BIND = "--bind=127.0.0.1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--bind is needed"),
        ([BIND], "nothing to serve"),
        (["--bind=localhost", "--sink=1"], "localhost is not an IP address"),
        ([BIND, "--http=80"], "--http 80 is not PORT:BYTES"),
        ([BIND, "--http=80:"], "is not PORT:BYTES"),
        ([BIND, "--http=80:1,,2"], "is not PORT:BYTES"),
        ([BIND, "--http=80:-1"], "is not PORT:BYTES"),
        ([BIND, "--http=70000:1"], "is not PORT:BYTES"),
        ([BIND, "--http=80:" + ",".join(["1"] * 33)], "at most 32 sizes"),
        ([BIND, "--tcp=80:0:1"], "--tcp 80:0:1 is not PORT:REQUEST:RESPONSE"),
        ([BIND, "--udp=80:1:65001"], "from 1 to 65000 bytes"),
        ([BIND, "--sink=x"], "--sink x is not a port"),
        ([BIND, "--sink=1", "--cpus=0,"], "--cpus 0, is not a list"),
        ([BIND, "--sink=1", "more"], "more is one word too many"),
        ([BIND, "--sinks=1"], "--sinks=1 is not an option"),
        ([BIND, *[f"--sink={port}" for port in range(1, 66)]], "more than 64 services"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(words: list[str], said: str) -> None:
    assert said in refused(*words)


def test_a_port_that_is_taken_is_named() -> None:
    port = free_port()
    with serving(f"--http={port}:100"):
        for cpus in ("--cpus=0", "--cpus=0,0"):
            command = [str(program()), BIND, f"--http={port}:100", cpus]
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
            assert done.returncode == 3
            assert done.stderr == f"barewire-serve: cannot serve on 127.0.0.1 port {port}: Address already in use.\n"


def test_a_cpu_that_is_not_there_is_named() -> None:
    command = [str(program()), BIND, f"--sink={free_port()}", "--cpus=1023"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert (done.returncode, done.stderr) == (3, "barewire-serve: cannot run on CPU 1023: Invalid argument.\n")
