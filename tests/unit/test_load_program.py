"""The generator as a program: options, limits, signals, and kernels that know less; each refusal is one sentence."""

from __future__ import annotations

import asyncio
import ctypes
import json
import math
import os
import re
import resource
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.generator import (
    ADDRESS,
    REQUESTS,
    SHORT,
    SOURCES,
    THREAD,
    Run,
    always,
    answer,
    assert_good,
    program,
    request,
    run,
    served,
    short,
)

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


def test_more_connections_than_open_files_are_refused_beforehand() -> None:
    done = run(9, connections=100, preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    assert (done.status, done.stdout) == (3, "")
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
        ({"threads": 3, "connections": 2}, "--threads 3 cannot share --connections 2"),
        ({"pipeline": "2x"}, "--pipeline 2x "),
        ({"arrivals": "odd"}, "--arrivals odd "),
        ({"timing": "nap"}, "--timing nap "),
        ({"cpus": "1,,2"}, "--cpus 1,,2 "),
        ({"cpus": "1", "threads": 2}, "--threads 2 needs 2 CPUs"),
        ({"cpus": "1,2"}, "--cpus names 2 CPUs, and --threads 1 uses one each"),
        ({"arrivals": "poisson", "rate": "max"}, "--arrivals has no effect with --rate max"),
        ({"seed": 1, "rate": 10}, "--seed has no effect without --arrivals poisson"),
        ({"path": "100"}, "--path 100 "),
        ({"path": "/a b"}, "--path /a b "),
        ({"timeout": "0s"}, "--timeout "),
        ({"cpus": "1;2"}, "--cpus 1;2 "),
        ({"target": ""}, "--target and --port are needed"),
        ({"target": "localhost"}, "--target localhost "),
        ({"target": "0000:0000:0000:0000:0000:ffff:255.255.255.255x"}, "255x is not an IP address"),
        ({"expect_bytes": -1}, "--expect-bytes -1 "),
        (
            {"protocol": "gopher"},
            "--protocol gopher is none of http, ... and ...",
        ),
        ({"speed": 3}, "--speed=3 "),
        ({"protocol": "udp", "request_bytes": 7}, "--protocol udp needs 8 bytes"),
        ({"protocol": "udp", "response_bytes": 7}, "--protocol udp needs 8 bytes"),
        ({"protocol": "udp", "request_bytes": 65508}, "at most 65507 bytes"),
        ({"protocol": "udp", "congestion": "reno"}, "--congestion reno: --protocol udp is not TCP"),
        ({"protocol": "tcp", "request_bytes": 0}, "--request-bytes 0 "),
        ({"protocol": "tcp", "response_bytes": "1k"}, "--response-bytes 1k "),
        ({"protocol": "tcp", "path": "/"}, "--path and --expect-bytes are for http, ... and http-..."),
        ({"protocol": "udp", "expect_bytes": 1}, "--path and --expect-bytes are for http, ... and http-..."),
        ({"timestamps": None, "pipeline": 2}, "--timestamps needs --pipeline 1"),
        (
            {"timestamps": None, "protocol": "http-crr"},
            "--timestamps is for http, ..., and does not apply to --protocol ",
        ),
        (
            {"timestamps": None, "protocol": "tcp-crr"},
            "--timestamps is for http, ..., and does not apply to --protocol ",
        ),
        (
            {"timestamps": None, "protocol": "udp-stream"},
            "--timestamps is for http, ..., and does not apply to --protocol ",
        ),
        ({"progress": None, "protocol": "udp-stream"}, "--progress: what arrives of --protocol udp-stream"),
        (
            {"request_bytes": 1},
            "--request-bytes is for http-post, tcp, ..., and does not apply to --protocol http",
        ),
        ({"response_bytes": 1}, "--response-bytes is for tcp, ..., and does not apply to --protocol http"),
        ({"protocol": "http-crr", "pipeline": 2}, "--pipeline 2: --protocol http-crr has one request"),
        ({"protocol": "tcp-crr", "pipeline": 2}, "--pipeline 2: --protocol tcp-crr has one request"),
    ],
)
def test_a_wrong_option_is_named_in_one_sentence(options: dict[str, Any], named: str) -> None:
    target = str(options.get("target", "127.0.0.1"))
    done = run(9, target=target, **{key: value for key, value in options.items() if key != "target"})
    assert (done.status, done.stdout) == (2, "")
    # Dots stand for protocols, of which there may be more.
    pattern = re.escape(named).replace(re.escape("..."), r"[a-z, -]+")
    assert done.stderr.startswith("barewire-load: ") and re.search(pattern, done.stderr), done.stderr
    assert done.stderr.endswith("See --help.\n") and done.stderr.count("\n") == 1


def test_help_lists_every_protocol_of_the_table() -> None:
    """Each line of the table has its file, and the help its summary."""
    names = re.findall(r"^PROTOCOL\((\w+)\)", (SOURCES / "protocols.def").read_text(), re.MULTILINE)
    files = {path.stem.removeprefix("protocol_") for path in SOURCES.glob("protocol_*.c")}
    help_text = subprocess.run([program(), "--help"], capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  (\S+) +\S", help_text.partition("protocols:\n")[2], re.MULTILINE)
    assert names and files == set(names) and listed == [name.replace("_", "-") for name in names]
    assert max(map(len, help_text.splitlines())) <= 100


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


def test_settings_in_force_are_printed_as_they_were_given() -> None:
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


def test_a_closed_loop_that_sent_nothing_measured_nothing() -> None:
    # As on a machine that runs other programs all the while: a nanosecond is over before the first request.
    with served(always(answer())) as port:
        done = run(port, rate="max", duration="1ns", connections=2, threads=2)
    assert (done.status, done.end["requests"], done.end["completed"]) == (3, 0, 0)
    assert done.stderr.startswith("barewire-load: no request was sent within the recorded time: ")
    done.assert_accounted()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(number: signal.Signals) -> None:
    """The first one would have it wait for the answer that never comes."""
    asked = threading.Event()

    async def note(reader: Reader, writer: Writer, count: int) -> None:
        await request(reader)
        asked.set()
        await reader.read()

    with served(note) as port:
        words = [
            "--target=127.0.0.1",
            f"--port={port}",
            "--rate=100",
            "--duration=1000s",
            "--connections=2",
            "--drain=1000s",
        ]
        with subprocess.Popen([program(), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert asked.wait(30)
            process.send_signal(number)
            # The handler is gone once it has run.
            while int(status(process.pid, "SigCgt"), 16) & 1 << number - 1:
                pass
            process.send_signal(number)
            assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == -number


def status(pid: int, key: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{key}:"))


def test_a_hang_up_is_ignored_where_it_was() -> None:
    """As nohup asks for."""
    with served(always(answer())) as port:
        words = [
            "--target=127.0.0.1",
            f"--port={port}",
            "--rate=100",
            "--duration=0.3s",
            "--connections=2",
            "--drain=30s",
        ]

        def ignore() -> None:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        with subprocess.Popen([program(), *words], stdout=subprocess.PIPE, text=True, preexec_fn=ignore) as process:
            process.send_signal(signal.SIGHUP)
            output, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and json.loads(output.splitlines()[-1])["completed"] == 30


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("rate", [1000, "max"])
@pytest.mark.parametrize("warmup", ["0s", "1000s"])
def test_an_early_end_prints_the_results_and_consistent_counts(
    warmup: str, rate: object, number: signal.Signals
) -> None:
    asked = threading.Event()
    count = 0

    async def note(reader: Reader, writer: Writer, connection: int) -> None:
        nonlocal count
        while await request(reader):
            writer.write(answer())
            count += 1
            if count == 50:
                asked.set()

    words = [
        f"--rate={rate}",
        "--duration=1000s",
        f"--warmup={warmup}",
        "--connections=4",
        "--threads=2",
        "--drain=30s",
    ]
    with served(note) as port, subprocess.Popen(
        [program(), "--target=127.0.0.1", f"--port={port}", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert asked.wait(60)
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    if warmup != "0s":
        assert (output, errors) == ("", "barewire-load: interrupted before anything was recorded.\n")
        return
    done = Run(130, output, errors, tuple(json.loads(line) for line in output.splitlines()))
    done.assert_accounted()
    assert errors == "" and done.end["interrupted"] and done.errors() == {} and done.end["unfinished"] == 0
    assert 0.1 <= done.end["seconds"] < 1000 and done.lines[-2]["second"] == len(done.lines) - 3
    if rate == 1000:
        assert done.end["requests"] == math.ceil(done.end["seconds"] * 1000)


def test_progress_is_a_line_a_second_with_the_outputs_numbers() -> None:
    with served(always(answer())) as port:
        done = run(port, **SHORT | {"duration": "2.5s", "rate": 100}, threads=2, progress=None)
    assert done.status == 0
    matches = [re.match(r"second (\d+): (\d+) requests, (\d+) answered, (\d+) errors, p50 .* us, p99 .* us, worst pacing ", line)
            for line in done.stderr.splitlines()]  # fmt: skip
    rows = [tuple(map(int, match.groups())) for match in matches if match]
    assert [row[0] for row in rows] == [1, 2, 3] and len(matches) == 3
    assert sum(row[1] for row in rows) == sum(row[2] for row in rows) == 250
    counted = [sum(count for _, count in line["latency"]) for line in done.lines[1:-1]]
    assert [row[2] for row in rows] == counted


def test_pacing_is_the_generators_lateness_and_no_stall() -> None:
    """While a server answers nothing, requests wait for their connection: that is lag. They are taken up in time all the same."""

    async def stall(reader: Reader, writer: Writer, number: int) -> None:
        await request(reader)
        await asyncio.sleep(0.3)
        writer.write(answer())
        while await request(reader):
            writer.write(answer())

    with served(stall) as port:
        done = run(port, **SHORT)
    assert_good(done, REQUESTS)
    assert len(done.values("pacing")) == REQUESTS
    late = sum(lag > 100_000_000 for lag in done.values("lag"))
    # Those due in the first 200 ms of the stall, but for the four under way; a machine that stands still may add others.
    assert late >= 90
    assert all(pacing <= lag for pacing, lag in zip(done.values("pacing"), done.values("lag"), strict=True))
    assert sum(done.values("pacing")) < sum(done.values("lag"))


@pytest.mark.parametrize(
    "options",
    [
        {"rate": 20000, "duration": "0.4s", "connections": 2000},
        {"rate": "max", "duration": "0.4s", "connections": 50, "threads": 3, "pipeline": 4},
        {"rate": 200_000, "duration": "0.4s", "connections": 2, "drain": "0s", "arrivals": "poisson"},
        {"rate": "max", "duration": "0.4s", "connections": 1, "exact": None},
    ],
)
def test_memory_stays_below_the_bound_printed_beforehand(options: dict[str, Any]) -> None:
    words = [f"--{key}" + ("" if value is None else f"={value}") for key, value in options.items()]
    with served(always(answer())) as port:
        command = [str(program("")), "--target=127.0.0.1", f"--port={port}", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr  # 3: this slow server has answered nothing in time
    start, *_, end = (json.loads(line) for line in done.stdout.splitlines())
    assert 0 < end["memory_bytes"] <= start["memory_bound_bytes"]


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
        done = run(port, **short(rate) | {"connections": 10}, threads=4, warmup="50ms", sanitizer=THREAD, under=under)
    assert_good(done, 800 if rate == 2000 else done.end["requests"])


@pytest.mark.parametrize(("threads", "sanitizer"), [(1, ADDRESS), (2, "")])
def test_a_hopeless_backlog_ends_the_load_at_once(threads: int, sanitizer: str) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.read()

    with served(stall) as port:
        done = run(
            port, rate=100_000_000, duration="1000s", timeout="1000s", connections=threads, threads=threads,
            sanitizer=sanitizer,
        )  # fmt: skip
    assert (done.status, done.stdout) == (3, "")
    assert done.stderr == (
        f"barewire-load: cannot load 127.0.0.1 port {port}: 16777216 requests wait for an answer; offer a lower --rate.\n"
    )
