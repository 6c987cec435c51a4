"""`barewire load`: one document, a log for each kind of time, and no half-written file, however the load ends."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any
from unittest import mock

import jsonschema
import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from barewire import schemas
from barewire.schemas import schema
from barewire.workloads.generator.histogram import DIGITS, HIGHEST_NS, LOWEST_NS, read_log
from tests.support.command import barewire_inside
from tests.support.generator import LIMIT_SECONDS, always, answer, datagrams, program, request, served, sized

SHORT = ["--rate", "200", "--duration", "1.5s", "--connections", "3", "--drain", "30s"]


def command(port: int, *words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "barewire", "load", "--target", "127.0.0.1", "--port", str(port), *words]


def environment() -> dict[str, str]:
    return {**os.environ, "BAREWIRE_LOAD": str(program())}


def load(port: int, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in this process; what the generator itself writes to standard error comes first."""
    before = os.dup(2)
    with tempfile.TemporaryFile() as written, mock.patch.dict(os.environ, environment()):
        os.dup2(written.fileno(), 2)
        try:
            done = barewire_inside("load", "--target", "127.0.0.1", "--port", str(port), *words)
        finally:
            os.dup2(before, 2)
            os.close(before)
        written.seek(0)
        return subprocess.CompletedProcess(words, done.code, done.out, written.read().decode() + done.err)


def validated(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(schema("load")).validate(document)
    counters = document["counters"]
    assert counters["requests"] == counters["completed"] + sum(counters["errors"].values()) + counters["unfinished"]
    return document


@pytest.mark.parametrize("protocol", ["http", "http-crr", "tcp", "tcp-crr", "udp"])
def test_a_document_on_standard_output_is_valid_for_any_protocol(protocol: str) -> None:
    if protocol == "udp":
        server = datagrams(lambda datagram, number: (datagram,))
    else:
        server = served(always(answer())) if protocol in ("http", "http-crr") else served(sized(64, 64))
    with server as port:
        done = load(port, *SHORT, "--protocol", protocol)
    assert (done.returncode, done.stderr) == (0, "")
    document = validated(done.stdout)
    assert document["settings"]["protocol"] == protocol and document["counters"]["completed"] == 300
    assert [second["latency_ns"]["count"] > 0 for second in document["seconds"]] == [True, True]
    assert document["whole"]["latency_ns"]["count"] == document["whole"]["pacing_ns"]["count"] == 300
    assert ("connect_ns" in document["whole"]) == (protocol != "udp")


def test_logs_agree_with_the_document_by_the_reference_reader(tmp_path: Path) -> None:
    logs, out = tmp_path / "logs", tmp_path / "load.json"
    with served(sized(64, 1000)) as port:
        done = load(
            port, *SHORT, "--protocol", "tcp", "--response-bytes", "1000", "--timestamps", "--hlog", str(logs),
            "--json", str(out),
        )  # fmt: skip
    if "gives no time stamps" in done.stderr:
        pytest.skip("this kernel gives no time stamps")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    document = validated(out.read_text())
    names = {f"{kind.removesuffix('_ns')}.hlog" for kind in document["whole"]}
    assert names == {path.name for path in logs.iterdir()} and "wire.hlog" in names
    for path in logs.iterdir():
        summary = document["whole"][f"{path.stem}_ns"]
        whole = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
        reader = HistogramLogReader(str(path), whole)
        while reader.add_next_interval_histogram():
            pass
        reader.close()
        assert whole.get_total_count() == summary["count"]
        assert whole.get_value_at_percentile(50) == summary["0.5"] and whole.get_max_value() == summary["max"]
        assert [entry.tag for entry in read_log(path)] == ["", ""]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["load.json", "logs"]


def test_progress_is_on_standard_error_alone() -> None:
    with served(always(answer())) as port:
        done = load(port, *SHORT, "--progress")
    validated(done.stdout)
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["second 1", "second 2"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rate", "fast"], "barewire-load: --rate fast "),
        (["--protocol", "gopher"], "barewire-load: --protocol gopher "),
        (["--protocol", "udp-stream"], "goes one way"),
        (["--protocol", "udp", "--request-bytes", "7"], "needs 8 bytes"),
        (["--protocol", "tcp", "--path", "/"], "--path and --expect-bytes are for http, "),
        (["--json", "/proc/nothing/here.json"], "cannot write /proc/nothing/here.json"),
        (["--json", "/"], "cannot write /"),
        (["--hlog", "/proc/nothing/here"], "cannot make the directory /proc/nothing/here"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(words: list[str], said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = load(server.getsockname()[1], *words)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_an_unreachable_server_is_exit_3_and_leaves_no_file(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    done = load(port, *SHORT, "--json", str(tmp_path / "out.json"), "--hlog", str(tmp_path / "logs"))
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot connect to 127.0.0.1" in done.stderr and done.stderr.count("\n") == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_load_without_any_answer_is_exit_3_with_its_counts(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    with served(always(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        done = load(port, *SHORT, "--json", str(out))
    assert done.returncode == 3 and "none of 300 requests" in done.stderr
    document = validated(out.read_text())
    assert document["counters"]["errors"]["garbage"] == 300 and "latency_ns" not in document["whole"]


def test_a_rate_that_nothing_can_offer_is_exit_3_with_its_counts(tmp_path: Path) -> None:
    """A request each 10 ns is less than it takes to ask for the time."""
    out = tmp_path / "out.json"
    with served(always(answer())) as port:
        words = ["--rate", "100000000", "--duration", "20ms", "--connections", "2", "--drain", "200ms"]
        done = load(port, *words, "--json", str(out))
    assert (done.returncode, done.stdout) == (3, "")
    assert "the requested rate was not offered" in done.stderr and "lower --rate" in done.stderr
    assert done.stderr.count("\n") == 1
    counters = validated(out.read_text())["counters"]
    assert counters["requests"] == 2_000_000 and counters["not_taken_up"] > 1_000_000


def test_times_of_a_few_answers_are_not_taken_for_those_of_all(tmp_path: Path) -> None:
    async def tire(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        for _ in range(5):
            await request(reader)
            writer.write(answer())
        await reader.read()

    out = tmp_path / "out.json"
    with served(tire) as port:
        done = load(
            port, "--rate", "200", "--duration", "0.5s", "--connections", "2", "--drain", "0s", "--json", str(out)
        )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "most requests had no response" in done.stderr
    counters = validated(out.read_text())["counters"]
    assert (counters["completed"], counters["unfinished"]) == (10, 90)


def test_surplus_answers_are_errors_that_refuse_the_load() -> None:
    """One answer comes twice, the second one only when the next request is under way, whose answer it is taken for."""

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(10):
            await request(reader)
            writer.write(answer())
        await request(reader)
        writer.write(answer())
        await request(reader)
        writer.write(answer() * 2)
        await reader.read()

    terminal, other_end = pty.openpty()
    with served(twice) as port, os.fdopen(terminal, "rb", buffering=0) as screen:
        words = ["--rate", "max", "--connections", "1", "--duration", "0.5s", "--timeout", "1s"]
        with subprocess.Popen(
            command(port, *words), stdout=other_end, env=environment() | {"COLUMNS": "120"}
        ) as process:
            os.close(other_end)
            text = read_screen(screen)
        assert process.returncode == 3
    assert re.search(r"errors: .*\d+ surplus, \d+ stray \(the first: ", text, re.DOTALL), text
    assert re.search(r"connections opened again: \d+, warm-up included", text), text
    assert "ambiguous" not in text


def read_screen(screen: io.FileIO) -> str:
    """What a program writes to its terminal until it ends, which Linux reports as EIO."""
    text = b""
    with contextlib.suppress(OSError):
        while part := screen.read(65536):
            text += part
    return text.decode()


def test_a_load_of_a_generator_that_stood_still_is_exit_3(tmp_path: Path) -> None:
    """A closed loop has no other sign of it: its rate is lower, and no request is late."""
    pid = tmp_path / "pid"
    frozen = tmp_path / "frozen"
    frozen.write_text(f'#!/bin/sh\necho $$ >{pid}\nexec {program()} "$@"\n')
    frozen.chmod(0o755)

    async def freeze(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        first = True
        while await request(reader):
            if first:
                os.kill(int(pid.read_text()), signal.SIGSTOP)
                await asyncio.sleep(0.6)
                os.kill(int(pid.read_text()), signal.SIGCONT)
            first = False
            writer.write(answer())
            await writer.drain()

    words = ["--rate", "max", "--duration", "1s", "--connections", "1", "--drain", "30s", "--json", "-"]
    with served(freeze) as port, mock.patch.dict(os.environ, {"BAREWIRE_LOAD": str(frozen)}):
        done = barewire_inside("load", "--target", "127.0.0.1", "--port", str(port), *words)
    assert done.code == 3, done.err
    assert validated(done.out)["counters"]["stopped_ns"] >= 0.5e9
    assert "stood still" in done.sentence and "s of 1 s" in done.sentence


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("stalls", [False, True])
def test_an_interrupt_prints_what_there_is(number: signal.Signals, stalls: bool, tmp_path: Path) -> None:
    asked = threading.Event()
    count = 0

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        nonlocal count
        while await request(reader):
            count += 1
            if count == 60:
                asked.set()
            if not stalls or count < 55:
                writer.write(answer())

    out, logs = tmp_path / "out.json", tmp_path / "logs"
    words = ["--rate", "200", "--duration", "1000s", "--connections", "30", "--drain", "0.1s", "--json", str(out)]
    with served(note) as port, subprocess.Popen(
        command(port, *words, "--hlog", str(logs)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:  # fmt: skip
        assert asked.wait(LIMIT_SECONDS)
        process.send_signal(number)
        output, errors = process.communicate(timeout=LIMIT_SECONDS)
    assert (process.returncode, output, errors) == (130, "", "barewire: interrupted\n")
    document = validated(out.read_text())
    assert document["interrupted"] and document["counters"]["seconds"] < 1000
    assert (document["counters"]["unfinished"] > 0) == stalls
    counters = document["counters"]
    measured = sum(entry.histogram.count for entry in read_log(logs / "latency.hlog"))
    assert measured == counters["completed"] + counters["lost"] and counters["lost"] == counters["unfinished"]
    assert {path.name for path in tmp_path.iterdir()} == {"out.json", "logs"}


def test_a_generator_that_is_killed_is_one_sentence_and_no_file(tmp_path: Path) -> None:
    fake = tmp_path / "barewire-load"
    fake.write_text('#!/bin/sh\necho \'{"type":"start"\'\nkill -KILL $$\n')
    fake.chmod(0o755)
    out = tmp_path / "out.json"
    done = subprocess.run(
        command(9, "--json", str(out)), capture_output=True, text=True, check=False,
        env={**os.environ, "BAREWIRE_LOAD": str(fake)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "barewire: the load generator was ended: SIGKILL.\n" and not out.exists()


def test_a_full_disk_leaves_no_half_written_file(tmp_path: Path) -> None:
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a small disk takes root")
    full = tmp_path / "full"
    full.mkdir()
    small = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=4k small "$0" && "$@"; s=$?; ls -A "$0"; exit $s']
    with served(always(answer())) as port:
        words = command(port, *SHORT, "--json", str(full / "out.json"))
        done = subprocess.run(
            [*small, str(full), *words], capture_output=True, text=True, check=False, env=environment()
        )
    # What was measured is printed, and the small disk is as empty as before.
    assert (done.returncode, json.loads(done.stdout)["schema"]) == (2, f"barewire/load/{schemas.VERSION}")
    assert "No space left on device" in done.stderr
