"""The generator as a program: options, limits, signals, and kernels that know less; each refusal is one sentence."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable

import pytest

from tests.unit.generator import REQUESTS, SHORT, THREAD, always, answer, assert_good, program, request, run, served

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


def test_more_connections_than_open_files_are_refused_beforehand() -> None:
    done = run(9, connections=100, preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    assert (done.status, done.stdout) == (2, "")
    assert "100 connections need" in done.stderr and "ulimit -n" in done.stderr and done.stderr.count("\n") == 1


def test_the_soft_limit_of_open_files_is_raised() -> None:
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    with served(always(answer())) as port:
        assert_good(run(port, **SHORT | {"connections": 100}, preexec=lower), REQUESTS)


def test_an_unknown_congestion_control_is_named() -> None:
    with served(always(answer())) as port:
        done = run(port, **SHORT, congestion="carrier-pigeon")
        assert (done.status, done.stdout) == (2, "") and "--congestion carrier-pigeon: No such file" in done.stderr
        assert_good(run(port, **SHORT, congestion="reno"), REQUESTS)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"rate": 0}, "--rate 0 "),
        ({"rate": "1e9"}, "--rate 1e9 "),
        ({"rate": "fast"}, "--rate fast "),
        ({"duration": 1}, "--duration 1 "),
        ({"duration": "0s"}, "--duration "),
        ({"duration": "nans"}, "--duration nans "),
        ({"warmup": "-1s"}, "--warmup -1s "),
        ({"connections": 0}, "--connections 0 "),
        ({"connections": 10001}, "--connections 10001 "),
        ({"threads": 3, "connections": 2}, "3 threads cannot share 2 connections"),
        ({"pipeline": "2x"}, "--pipeline 2x "),
        ({"arrivals": "odd"}, "--arrivals odd "),
        ({"timing": "nap"}, "--timing nap "),
        ({"cpus": "1,,2"}, "--cpus 1,,2 "),
        ({"cpus": "1", "threads": 2}, "2 threads need 2 CPUs"),
        ({"path": "100"}, "--path 100 "),
        ({"path": "/a b"}, "--path /a b "),
        ({"timeout": "0s"}, "--timeout "),
        ({"cpus": "1;2"}, "--cpus 1;2 "),
        ({"target": ""}, "--target and --port are needed"),
        ({"target": "localhost"}, "--target localhost "),
        ({"target": "0000:0000:0000:0000:0000:ffff:255.255.255.255x"}, "255x is not an IP address"),
        ({"expect_bytes": -1}, "--expect-bytes -1 "),
        ({"protocol": "gopher"}, "--protocol gopher "),
        ({"speed": 3}, "--speed=3 "),
        ({"protocol": "udp", "request_bytes": 7}, "--protocol udp needs 8 bytes"),
        ({"protocol": "udp", "response_bytes": 7}, "--protocol udp needs 8 bytes"),
        ({"protocol": "udp", "request_bytes": 65508}, "at most 65507 bytes"),
        ({"protocol": "udp", "congestion": "reno"}, "--congestion reno: --protocol udp is not TCP"),
        ({"protocol": "tcp", "request_bytes": 0}, "--request-bytes 0 "),
        ({"protocol": "tcp", "response_bytes": "1k"}, "--response-bytes 1k "),
        ({"protocol": "tcp", "path": "/"}, "--path and --expect-bytes are for http and connect"),
        ({"protocol": "udp", "expect_bytes": 1}, "--path and --expect-bytes are for http and connect"),
        ({"request_bytes": 1}, "--request-bytes and --response-bytes are for tcp, tcp-crr and udp"),
        ({"protocol": "connect", "pipeline": 2}, "--pipeline 2: --protocol connect has one request"),
        ({"protocol": "tcp-crr", "pipeline": 2}, "--pipeline 2: --protocol tcp-crr has one request"),
    ],
)
def test_a_wrong_option_is_named_in_one_sentence(options: dict[str, object], named: str) -> None:
    target = str(options.get("target", "127.0.0.1"))
    done = run(9, target=target, **{key: value for key, value in options.items() if key != "target"})
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith("barewire-load: ") and named in done.stderr
    assert done.stderr.endswith("See --help.\n") and done.stderr.count("\n") == 1


def test_a_cpu_that_is_not_there_is_named() -> None:
    done = run(9, **SHORT, cpus="1023")
    assert (done.status, done.stdout) == (3, "") and "CPU 1023 of --cpus" in done.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["5", "--rate", "1"], "5 is one word too many"),
        (["--rate"], "--rate is not an option, or lacks its value"),
        (["--rate", "5", "-xyz"], "-xyz is not an option, or lacks its value"),
        ([], "--target and --port are needed"),
    ],
)
def test_a_wrong_word_is_named_in_one_sentence(words: list[str], named: str) -> None:
    done = subprocess.run([program(), *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"barewire-load: {named}. See --help.\n"


def test_settings_in_force_are_told_as_they_were_given() -> None:
    cpu = min(os.sched_getaffinity(0))
    path = '/quoted"and\\backslashed'
    with served(always(answer())) as port:
        done = run(port, **SHORT | {"path": path}, cpus=f"{cpu},{cpu}", threads=2)
    assert_good(done, REQUESTS)
    assert done.start["path"] == path and done.start["cpus"] == [cpu, cpu] and done.start["connections"] == 4


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_are_no_error(option: str) -> None:
    done = subprocess.run([program(), option], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "barewire-load" in done.stdout and done.stderr == ""


def test_results_that_cannot_be_written_are_an_error() -> None:
    with served(always(answer())) as port, open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [program(), "--target=127.0.0.1", f"--port={port}", "--rate=100", "--duration=0.1s", "--connections=1"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == "barewire-load: cannot write the results: No space left on device.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(number: signal.Signals) -> None:
    asked = threading.Event()

    async def tell(reader: Reader, writer: Writer, count: int) -> None:
        await request(reader)
        asked.set()
        await reader.read()

    with served(tell) as port:
        words = ["--target=127.0.0.1", f"--port={port}", "--rate=100", "--duration=1000s", "--connections=2"]
        with subprocess.Popen([program(), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert asked.wait(30)
            process.send_signal(number)
            assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == -number


def forbid_epoll_pwait2() -> None:
    """As a container's filter that does not know the call: it answers ENOSYS."""

    class Step(ctypes.Structure):
        _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("k", ctypes.c_uint))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(Step)))

    load_number, equals, give = 0x20, 0x15, 0x06
    steps = (Step * 4)((load_number, 0, 0, 0), (equals, 0, 1, 441), (give, 0, 0, 0x00050026), (give, 0, 0, 0x7FFF0000))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.byref(Program(4, steps))) == 0


@pytest.mark.parametrize("preexec", [None, forbid_epoll_pwait2], ids=["epoll_pwait2", "timerfd"])
def test_sleeping_works_with_and_without_the_newest_system_call(preexec: Callable[[], None] | None) -> None:
    with served(always(answer())) as port:
        assert_good(run(port, **SHORT, preexec=preexec), REQUESTS)


def without_randomised_addresses() -> tuple[str, ...]:
    """The race detector of older compilers needs them where they are; some containers forbid to ask for that."""
    words = ("setarch", "-R")
    allowed = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    tried = subprocess.run(
        [*(words if allowed else ()), program(THREAD), "--version"], capture_output=True, check=False
    )
    if b"unexpected memory mapping" in tried.stderr:
        pytest.skip("the compiler's race detector cannot run with the addresses that this kernel gives")
    return words if allowed else ()


@pytest.mark.parametrize("rate", [2000, "max"])
def test_threads_share_nothing_that_a_race_detector_would_see(rate: object) -> None:
    under = without_randomised_addresses()
    with served(always(answer())) as port:
        done = run(
            port, **SHORT | {"rate": rate, "connections": 10}, threads=4, warmup="50ms", sanitizer=THREAD, under=under
        )
    assert_good(done, 800 if rate == 2000 else done.end["requests"])


@pytest.mark.parametrize("threads", [1, 2])
def test_a_hopeless_backlog_ends_the_load_at_once_and_with_one_sentence(threads: int) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.read()

    with served(stall) as port:
        done = run(port, rate=100_000_000, duration="1000s", timeout="1000s", connections=threads, threads=threads)
    assert (done.status, done.stdout) == (3, "")
    assert done.stderr == (
        f"barewire-load: cannot load 127.0.0.1 port {port}: 16777216 requests wait for an answer; offer a lower --rate.\n"
    )
