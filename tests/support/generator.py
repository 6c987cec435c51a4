"""The load generator for tests: built from its sources with sanitizers, run as a program, asked part by part, and served badly.

A machine without a C compiler fails these tests instead of passing them by: barewire cannot be installed there either.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

CSRC = Path(__file__).parents[2] / "csrc"
SOURCES = CSRC / "load"
STRICT = ("-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-sanitize-recover=all")
ADDRESS = "-fsanitize=address,undefined"
THREAD = "-fsanitize=thread"
LIMIT_SECONDS = 60

# Of a rate of 500/s, 0.4 s are 200 requests.
SHORT: dict[str, Any] = {"rate": 500, "duration": "0.4s", "connections": 4, "drain": "30s", "path": "/100"}
REQUESTS = 200
CLOSED_SECONDS = "0.3s"
"""A busy machine may stand still for longer than 0.1 s, in which no request would be made."""


def short(rate: object, load: Mapping[str, Any] = SHORT) -> dict[str, Any]:
    """A short load at another rate; a closed loop keeps both ends busy, so it is shorter still."""
    return {**load, "rate": rate} | ({"duration": CLOSED_SECONDS} if rate == "max" else {})


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


PROGRAMS = "BAREWIRE_TEST_PROGRAMS"
"""Names the folder of programs that are built once for all workers of a test run."""


@cache
def _folder() -> Path:
    if given := os.environ.get(PROGRAMS):
        return Path(given)
    folder = Path(tempfile.mkdtemp(prefix="barewire-test-load-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def program(sanitizer: str = ADDRESS) -> Path:
    """`barewire-load`, as meson builds it but for the sanitizer."""
    return compiled(f"load{sanitizer}", program_sources("load"), sanitizer)


def program_sources(name: str) -> list[Path]:
    """The sources of the program in `csrc/NAME` and those that it shares with others."""
    return [*sorted((CSRC / "base").glob("*.c")), *sorted((CSRC / name).glob("*.c"))]


@cache
def probe() -> subprocess.Popen[str]:
    """The running probe of the generator's parts."""
    parts = [SOURCES / name for name in ("histogram.c", "http.c", "queue.c", "schedule.c", "tests/probe.c")]
    return subprocess.Popen(
        [compiled("probe", parts, ADDRESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def end_probe() -> None:
    """Let the probe end, if any test has asked it."""
    if probe.cache_info().currsize:
        process = probe()
        process.communicate(timeout=LIMIT_SECONDS)
        assert process.returncode == 0, "a sanitizer was not content with the probe; its words are on standard error"


def ask(question: str, *words: object) -> list[str]:
    """The probe's answer, word by word."""
    process = probe()
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(" ".join([question, *map(str, words)]) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer.endswith("\n"), "a sanitizer or a check stopped the probe; its words are on standard error"
    return answer.split()


def compiled(name: str, sources: list[Path], sanitizer: str) -> Path:
    """A program, built strictly and with a sanitizer; once for each name in a test run."""
    with (_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        target = _folder() / name
        if not target.exists():
            _build(sources, sanitizer, target.with_name(f"{name}.partial")).rename(target)
    return target


def _build(sources: list[Path], sanitizer: str, target: Path) -> Path:
    compiler = shutil.which("cc")
    assert compiler, "there is no C compiler (cc) to build the load generator with; install gcc and libc6-dev"
    command = [
        compiler,
        *STRICT,
        *([sanitizer] if sanitizer else []),
        *map(str, sources),
        "-o",
        str(target),
        "-lpthread",
        "-lm",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the generator left."""

    status: int
    stdout: str
    stderr: str
    lines: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def start(self) -> Mapping[str, Any]:
        return self.lines[0]

    @property
    def end(self) -> Mapping[str, Any]:
        return self.lines[-1]

    def errors(self) -> dict[str, int]:
        """The errors that happened, by kind."""
        return {kind: count for kind, count in self.end["errors"].items() if count}

    def values(self, kind: str) -> list[int]:
        """Every recorded value, as the lowest one of its bucket, in order."""
        pairs = sorted(pair for line in self.lines[1:-1] for pair in line[kind])
        return [value for value, count in pairs for _ in range(count)]

    def assert_accounted(self) -> None:
        """Every request came to one end, and completed and lost ones alone were measured."""
        end = self.end
        assert end["requests"] == end["completed"] + sum(end["errors"].values()) + end["unfinished"]
        assert len(self.values("latency")) == end["completed"] + end["lost"]
        assert len(self.values("lag")) == end["completed"]
        assert sum(count for tick in end["ticks"]["counts"] for _, count in tick) == end["completed"] + end["lost"]
        assert end["completed"] <= len(self.values("service")) <= end["completed"] + end["lost"]
        assert end["errors"]["timeout"] + end["unfinished"] <= end["lost"]
        assert end["lost"] <= end["errors"]["timeout"] + end["unfinished"] + end["errors"]["connect"]
        if self.start["protocol"] != "udp":
            assert ("stray" in end["examples"]) == (end["stray"] > 0)


def run(port: int, *, target: str = "127.0.0.1", sanitizer: str = ADDRESS, under: tuple[str, ...] = (),
        preexec: Callable[[], None] | None = None, **options: object) -> Run:  # fmt: skip
    """Run the generator; options as keywords (`expect_bytes=100`; None: without a value).

    It must end within a minute, whatever the server does.
    """
    words = [f"--{key.replace('_', '-')}" + ("" if value is None else f"={value}") for key, value in options.items()]
    done = subprocess.run(
        [*under, program(sanitizer), f"--target={target}", f"--port={port}", *words],
        capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS, preexec_fn=preexec,
    )  # fmt: skip
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr, tuple(json.loads(line) for line in done.stdout.splitlines()))


@contextmanager
def served(behaviour: Behaviour, host: str = "127.0.0.1", tight: bool = False) -> Iterator[int]:
    """A server on a free port of the loopback that treats each connection as `behaviour` says; yields the port.

    `tight` keeps what may be under way to a few KB: a small buffer here, and small segments, of which the kernel at the other
    end lets few wait.
    """
    loop = asyncio.new_event_loop()
    count = 0
    writers: set[asyncio.StreamWriter] = set()
    tasks: set[asyncio.Task[None]] = set()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task that is cancelled before it begins closes nothing.
        writers.add(writer)
        task = loop.create_task(connected(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        try:
            await behaviour(reader, writer, count)
        except (OSError, asyncio.IncompleteReadError):
            pass  # clients of bad servers go away as they like
        finally:
            writer.close()
            # What the client has not read keeps the socket open until `end` gives it up.
            if not writer.transport.get_write_buffer_size():
                writers.discard(writer)

    async def begin() -> asyncio.Server:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, 0), family=family, backlog=1024)
        if tight:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        return await asyncio.start_server(accepted, sock=listener, backlog=1024)

    async def end() -> None:
        server.close()
        # asyncio's own tasks make connections of what was accepted; cancelled, they would leave the sockets open.
        accepting = asyncio.all_tasks() - tasks - {asyncio.current_task()}
        await asyncio.gather(*accepting, return_exceptions=True)
        serving = list(tasks)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        for writer in writers:
            writer.close()
            writer.transport.abort()
        await asyncio.sleep(0)

    server = loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(LIMIT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def datagrams(reply: Callable[[bytes, int], Iterable[bytes]], host: str = "127.0.0.1") -> Iterator[int]:
    """A UDP server on a free port that sends back what `reply` makes of each datagram and its number; yields the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server, socket.socket(family, socket.SOCK_DGRAM) as ender:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        server.bind((host, 0))
        ender.bind((host, 0))
        end = ender.getsockname()

        def serve() -> None:
            number = 0
            while True:
                datagram, client = server.recvfrom(65536)
                if client == end:
                    return
                for part in reply(datagram, number):
                    server.sendto(part, client)
                number += 1

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ender.sendto(b"", server.getsockname())
            thread.join()


def sized(request_bytes: int, response_bytes: int) -> Behaviour:
    """A server that answers every `request_bytes` with `response_bytes`."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while await reader.readexactly(request_bytes):
            writer.write(b"r" * response_bytes)
            await writer.drain()

    return behave


def answer(body: bytes = b"x" * 100, status: str = "200 OK", *headers: str) -> bytes:
    """A whole response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def request(reader: asyncio.StreamReader) -> bytes:
    """The next request of a connection; IncompleteReadError at its end."""
    return await reader.readuntil(b"\r\n\r\n")


def always(response: bytes) -> Behaviour:
    """A server that answers every request alike."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while await request(reader):
            writer.write(response)
            await writer.drain()

    return behave


def assert_good(done: Run, requests: int) -> None:
    """All went well, with so many requests."""
    assert (done.status, done.stderr) == (0, "")
    assert (done.end["requests"], done.end["completed"]) == (requests, requests)
    assert done.errors() == {}
    done.assert_accounted()
