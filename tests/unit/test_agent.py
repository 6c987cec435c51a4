"""The agent of pods (csrc/agent) and its client: over pipes to the real program, which has no pod to hold here."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from barewire.errors import BarewireError, LoadError, MeasurementError
from barewire.kernel.programs import built, built_static
from barewire.testbeds.kubernetes.node import PodNode
from barewire.testbeds.kubernetes.session import AgentSession
from barewire.testbeds.testbed import Command
from tests.support.server import free_port


class Pipes:
    """A session's stream to a child process."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def send(self, data: bytes) -> None:
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except OSError as error:
            raise MeasurementError("the agent is gone", said=str(error)) from error

    def receive(self) -> bytes:
        if data := os.read(self.process.stdout.fileno(), 1 << 16):
            return data
        raise MeasurementError("the agent is gone")

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(10)

    def forget(self) -> None:
        self.process.kill()
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                file.close()


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    found = Pipes(built("barewire-agent"), "session", "60")
    yield found
    found.forget()


@pytest.fixture
def session(pipes: Pipes) -> Iterator[AgentSession]:
    found = AgentSession(pipes, "here")
    yield found
    found.close()


def test_a_program_runs_to_its_end_with_its_output(session: AgentSession) -> None:
    number = session.start(("/bin/sh", "-c", "printf out; printf err >&2; exit 3"))
    done = session.wait(number, 30)
    assert (done.status, done.stdout, done.stderr) == (3, "out", "err")


def test_a_folder_is_listed_and_a_missing_one_is_named(session: AgentSession, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.conflist").touch()
    assert sorted(session.list_folder(str(tmp_path))) == sorted(f"{number}.conflist" for number in range(300))
    with pytest.raises(MeasurementError, match=r"gone cannot be read.*No such file"):
        session.list_folder(str(tmp_path / "gone"))


def test_output_larger_than_a_pipe_stops_nobody(session: AgentSession) -> None:
    done = session.wait(session.start(("/bin/sh", "-c", "head -c 3000000 /dev/zero")), 30)
    assert len(done.stdout) == 3_000_000


def test_programs_run_side_by_side_and_end_on_signals(session: AgentSession) -> None:
    first, second = session.start(("/bin/sleep", "60")), session.start(("/bin/sleep", "60"))
    assert not session.ended(first)
    session.signal(second, signal.SIGTERM)
    assert session.wait(second, 30).status == -signal.SIGTERM
    session.signal(first, signal.SIGKILL)
    assert session.wait(first, 30).status == -signal.SIGKILL


def test_a_program_gets_the_cpus_it_is_given(session: AgentSession) -> None:
    cpu = max(os.sched_getaffinity(0))
    done = session.wait(session.start(("/bin/grep", "Cpus_allowed_list", "/proc/self/status"), [cpu]), 30)
    assert done.stdout.split() == ["Cpus_allowed_list:", str(cpu)]


def test_an_absent_program_is_an_error_with_its_reason(session: AgentSession) -> None:
    with pytest.raises(LoadError, match="No such file"):
        session.start(("/nowhere/at-all",))


def test_files_are_read_and_absent_ones_have_an_errno(session: AgentSession, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0\n" * 1000)
    found = session.read((f"{tmp_path}/a", f"{tmp_path}/b", "/proc/self/stat"))
    assert found[f"{tmp_path}/a"].content == b"\0\n" * 1000
    assert (found[f"{tmp_path}/b"].content, found[f"{tmp_path}/b"].error) == (b"", 2)
    assert "barewire-agent" in found["/proc/self/stat"].text


def test_a_program_that_is_sent_runs(session: AgentSession, tmp_path: Path) -> None:
    content = Path("/bin/echo").read_bytes() + bytes(600_000)  # several requests; what follows an ELF file is not read
    session.write(f"{tmp_path}/sent", content)
    assert (tmp_path / "sent").read_bytes() == content
    done = session.wait(session.start((f"{tmp_path}/sent", "it runs")), 30)
    assert (done.status, done.stdout) == (0, "it runs\n")


def test_a_file_that_cannot_be_written_has_a_reason(session: AgentSession) -> None:
    with pytest.raises(LoadError, match=r"/nowhere/at-all cannot be written.*No such file"):
        session.write("/nowhere/at-all", b"x")


def test_a_server_of_the_pod_is_asked(session: AgentSession) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            taken, _ = server.accept()
            with taken:
                taken.sendall(b"answer to " + taken.recv(100))

        thread = threading.Thread(target=answer)
        thread.start()
        assert session.ask(port, b"request") == b"answer to request"
        thread.join(10)
    assert session.ask(port, b"request") == b""  # nobody listens any more


def test_programs_that_nobody_stopped_give_their_ports_back(session: AgentSession) -> None:
    """As after a load that failed before its server was stopped."""
    port = free_port()
    node = PodNode("pod", "node", session, _carried={"serve": (built("barewire-serve"),)})
    command = Command("", ("serve", "--bind=127.0.0.1", f"--tcp={port}:64:64"), (), listens=port)
    node.wait_listening(node.spawn(command), 30)
    with pytest.raises(LoadError, match="Address already in use"):
        node.wait_listening(node.spawn(command), 30)
    node.end_programs()
    again = node.spawn(command)
    node.wait_listening(again, 30)
    assert node.stop(again).status == 0


def test_the_end_of_the_client_ends_its_programs(session: AgentSession, pipes: Pipes, tmp_path: Path) -> None:
    session.start(("/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 60"))
    while not (pid := (tmp_path / "pid").read_text() if (tmp_path / "pid").exists() else ""):
        time.sleep(0.01)
    session.close()
    assert pipes.process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_an_agent_that_dies_is_an_error_for_who_waits(session: AgentSession, pipes: Pipes) -> None:
    number = session.start(("/bin/sleep", "60"))
    pipes.process.kill()
    with pytest.raises(BarewireError, match="the agent is gone"):
        session.wait(number, 30)
    with pytest.raises(BarewireError, match="the agent is gone"):
        session.read(("/proc/self/stat",))


def test_a_client_that_says_nothing_is_taken_for_gone() -> None:
    done = subprocess.Popen([built("barewire-agent"), "session", "1"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                            stdout=subprocess.PIPE)  # fmt: skip
    assert done.wait(30) == 3
    said = done.stderr.read()
    done.communicate()
    assert b"its client is gone" in said


@pytest.mark.parametrize(
    "request_", [b"start 1 5\n1\0abc", b"start x 5\n", b"read 0\n", b"read 99999999\n", b"nonsense\n", b"a" * 300]
)
def test_a_malformed_request_ends_the_session(pipes: Pipes, request_: bytes) -> None:
    pipes.send(request_)
    assert pipes.process.wait(30) == 3


def test_an_agent_of_another_version_is_refused(tmp_path: Path) -> None:
    other = Pipes("/bin/echo", "barewire-agent 0.0.1")
    with pytest.raises(MeasurementError, match="another version"):
        AgentSession(other, "here")
    other.forget()


def test_a_pod_without_a_session_is_not_held() -> None:
    assert subprocess.run([built("barewire-agent"), "hold", "1"], timeout=30).returncode == 1


def test_programs_of_pods_fit_into_a_configmap() -> None:
    for name in ("barewire-agent", "barewire-load", "barewire-serve"):
        assert Path(built_static(name, os.uname().machine)).stat().st_size < 1 << 20
