"""The port of a peer against everybody but a study, and what a study may ask of it."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from barewire.endpoints.peer import answers, authentication, connection, listener, messages, service
from barewire.endpoints.peer.connection import LostPeerError
from barewire.errors import LoadError, PrerequisiteError, UsageError
from tests.support.forked_holders import usual_holders
from tests.support.peer import LOOPBACK, PORTS, Listening, ended, frame, listening

SEED = 12
FUZZED = 200
"""Openings; benchmarks/peer_fuzz.py has 100,000."""


@pytest.fixture
def peer() -> Iterator[Listening]:
    with usual_holders(), listening() as found:
        yield found


def http(port: int) -> messages.Serve:
    return messages.Serve("serve", "host", "serve", (messages.AskedService("http", port, (100,)),), ())


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def children() -> list[str]:
    """Processes that this one has started and that still run."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split() + [
        one
        for task in Path("/proc/self/task").iterdir()
        for one in (task / "children").read_text().split()
        if task.name != str(os.getpid())
    ]


def test_a_study_is_served_until_its_connection_ends(peer: Listening) -> None:
    earlier = set(children())
    connection, joined = peer.joined()
    assert joined.endpoints["host"].lacking == ""
    served = connection.ask(http(PORTS[0]), answers.Served)
    with urllib.request.urlopen(f"http://127.0.0.1:{PORTS[0]}/100") as answer:
        assert len(answer.read()) == 100
    assert connection.ask(messages.Stop("stop", served.number), answers.Stopped).counts.http[0].answers == 1
    connection.ask(http(PORTS[0]), answers.Served)
    assert is_open(PORTS[0]) and set(children()) - earlier
    before = connection.ask(messages.ReadCounters("counters"), answers.ReadingAnswer)
    assert before.cpu["all"]["user"] > 0
    connection.close()
    wait_for_end(peer)
    assert not is_open(PORTS[0]) and not set(children()) - earlier


def wait_for_end(peer: Listening) -> None:
    """Until the study that was served is over."""
    done = threading.Event()
    while not any("is over" in line for line in peer.said):
        done.wait(0.005)


def test_a_study_waits_while_another_one_ends(peer: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    connection, _ = peer.joined()
    close, pause = service.PeerService.close, threading.Event()

    def close_slowly(served: service.PeerService) -> None:
        while not peer.peer.queued:
            pause.wait(0.005)
        close(served)

    monkeypatch.setattr(service.PeerService, "close", close_slowly)
    connection.close()
    other, joined = peer.joined()
    monkeypatch.setattr(service.PeerService, "close", close)
    assert "host" in joined.endpoints and peer.peer.refused["busy"] == 0
    other.close()


def test_a_second_study_is_refused(peer: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "TURN_S", 0.05)
    connection, _ = peer.joined()
    with peer.connect() as other, pytest.raises(Exception, match="serves another study"):
        other.join({"host": LOOPBACK}, 60.0)
    connection.ask(messages.ReadCounters("counters"), answers.ReadingAnswer)
    connection.close()


@pytest.mark.parametrize("end", [connection, service])
def test_another_version_is_refused_by_either_end(
    peer: Listening, monkeypatch: pytest.MonkeyPatch, end: ModuleType
) -> None:
    """The study by the peer's welcome, the peer by what the study says of itself."""
    monkeypatch.setattr(end, "__version__", "0.0.1")
    with pytest.raises(PrerequisiteError, match=r"has another version of barewire.*0\.0\.1") as caught:
        peer.joined()
    assert caught.value.remedy == "Install the same version on both machines"


def test_another_protocol_is_refused_before_the_proof(peer: Listening) -> None:
    with peer.secured() as one:
        one.sendall(messages.encode(messages.Hello("hello", messages.PROTOCOL + 1, "0" * 64), 4096))
        challenge = messages.decode(ended(one)[4:], messages.CHALLENGE)
        assert challenge.protocol == messages.PROTOCOL
    assert not peer.services and peer.peer.refused["not a study"] == 1


def test_a_wrong_token_is_refused_without_a_word(peer: Listening) -> None:
    with pytest.raises(LostPeerError, match="do not have the same token"):
        peer.connect(b"another-token-that-is-long-enough-too")
    assert not peer.services and peer.peer.refused["not the token"] == 1


def test_another_machine_in_between_is_refused(peer: Listening) -> None:
    """It ends the TLS of both sides and passes every message on."""
    context, _ = authentication.peer_context()
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=pass_on, args=(door, context, peer))
        thread.start()
        with pytest.raises(LostPeerError, match="do not have the same token"):
            peer.connect(port=door.getsockname()[1])
        thread.join()
    assert not peer.services and peer.peer.refused["not the token"] == 1


def pass_on(door: socket.socket, context: ssl.SSLContext, peer: Listening) -> None:
    accepted, _ = door.accept()
    with context.wrap_socket(accepted, server_side=True) as here, peer.secured() as there:
        for source, target in ((here, there), (there, here), (here, there)):
            target.sendall(source.recv(4096))
        assert ended(there) == b""


def test_a_peer_without_the_token_is_refused_by_the_study(peer: Listening) -> None:
    """It takes any proof, and cannot make one."""
    context, _ = authentication.peer_context()

    def pose(door: socket.socket) -> None:
        accepted, _ = door.accept()
        with context.wrap_socket(accepted, server_side=True) as one:
            for answer in (
                messages.Challenge("challenge", messages.PROTOCOL, "0" * 64),
                messages.Welcome("welcome", "0" * 64, "1"),
            ):
                one.recv(4096)
                one.sendall(messages.encode(answer, 4096))
            ended(one)

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=pose, args=(door,))
        thread.start()
        with pytest.raises(LostPeerError, match="it is another machine, or someone is in between"):
            peer.connect(port=door.getsockname()[1])
        thread.join()


def test_a_recorded_proof_is_of_no_use_again(peer: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    real = messages.encode

    def recorded(message: object, most: int) -> bytes:
        sent.append(real(message, most))
        return sent[-1]

    monkeypatch.setattr(messages, "encode", recorded)
    peer.connect().close()
    hello, proof = (one for one in sent if b'"hello"' in one or b'"proof"' in one)
    wait_for_end(peer)
    with peer.secured() as again:
        again.sendall(hello)
        again.recv(4096)
        again.sendall(proof)
        assert ended(again) == b""
    assert len(peer.services) == 1 and peer.peer.refused["not the token"] == 1


def test_garbage_is_not_served_and_leaves_nothing(peer: Listening) -> None:
    chance = random.Random(SEED)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(FUZZED):
        send_garbage(peer, chance)
    connection, _ = peer.joined()
    connection.close()
    wait_for_end(peer)
    assert len(peer.services) == 1, f"seed {SEED}"
    # The sockets of the last ones may take a moment to close.
    done = threading.Event()
    while len(os.listdir("/proc/self/fd")) > before:
        done.wait(0.005)


def send_garbage(peer: Listening, chance: random.Random) -> None:
    """One opening: bytes that are no TLS, no message, no JSON, or not what the protocol wants next."""
    kind = chance.randrange(5)
    noise = chance.randbytes(chance.randrange(1, 300))
    with contextlib.suppress(OSError, ssl.SSLError):
        if kind == 0:
            with peer.raw() as one:
                one.sendall(noise)
            return
        with peer.secured() as secured:
            match kind:
                case 1:
                    secured.sendall(noise)
                case 2:
                    secured.sendall(frame(noise))
                case 3:
                    secured.sendall(frame(b'{"type":"hello","protocol":1,"nonce":' + b"[" * len(noise)))
                case _:
                    secured.sendall(messages.encode(messages.Hello("hello", messages.PROTOCOL, "0" * 64), 4096))
                    secured.sendall(frame(noise))


def test_silent_connections_end_and_keep_nobody_out(peer: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "WAIT_S", 1.0)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(peer.raw()) for _ in range(listener.MOST_WAITING // 2)]
        slow = [stack.enter_context(peer.secured()) for _ in range(listener.MOST_WAITING)]
        for one in slow:
            with contextlib.suppress(OSError):
                one.sendall(b"\0")  # the first byte of a length
        connection, _ = peer.joined()
        everyone: list[socket.socket] = [*silent, *slow]
        assert [ended(one) for one in everyone] == [b""] * len(everyone)
        connection.ask(messages.ReadCounters("counters"), answers.ReadingAnswer)
        connection.close()
    assert peer.peer.refused["replaced"] + peer.peer.refused["too slow"] >= len(everyone)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (http(PORTS[0] - 1), "serves on the ports 21000 to 21999"),
        (messages.Serve("serve", "other", "serve", (messages.AskedService("sink", PORTS[0]),), ()), "does not serve on other"),
        (messages.Stop("stop", 7), "runs no server 7"),
        (messages.Watch("watch", "host", 80 + 1024, 1, 64), "serves on the ports"),
    ],
)  # fmt: skip
def test_what_is_not_the_studys_is_refused_in_words(peer: Listening, request_: Any, said: str) -> None:
    connection, _ = peer.joined()
    with pytest.raises(LoadError, match=said):
        connection.ask(request_, answers.Served)
    connection.ask(messages.ReadCounters("counters"), answers.ReadingAnswer)
    connection.close()


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"serve","endpoint":"host","server":"/bin/sh","services":[{"kind":"http","port":21000}],"cpus":[]}',
        b'{"type":"serve","endpoint":"host","server":"serve","services":[{"kind":"exec","port":21000}],"cpus":[]}',
        b'{"type":"serve","endpoint":"host","server":"serve","services":[],"cpus":[]}',
        b'{"type":"run","command":"id"}',
        b'{"type":"stop","number":1,"more":1}',
        b"[]",
        b"\xff",
    ],
)
def test_what_is_no_request_ends_the_study(peer: Listening, body: bytes) -> None:
    connection, _ = peer.joined()
    connection._socket.sendall(frame(body))
    assert ended(connection._socket) == b""
    connection.close()
    wait_for_end(peer)
    assert any("no request" in line for line in peer.said)


def test_a_message_of_gigabytes_is_not_awaited(peer: Listening) -> None:
    connection, _ = peer.joined()
    connection._socket.sendall(b"\xff\xff\xff\xff")
    assert ended(connection._socket) == b""
    connection.close()


@pytest.mark.parametrize(
    ("mode", "text", "said"), [(0o644, "x" * 40, "read by others"), (0o600, "short", "characters")]
)
def test_a_token_that_protects_nothing_is_refused(tmp_path: Path, mode: int, text: str, said: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(UsageError, match=said):
        authentication.read_token(path)


def test_a_made_token_is_random_and_its_owners(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    assert [authentication.make_token(path) for path in (*paths, paths[0])] == [True, True, False]
    assert paths[0].stat().st_mode & 0o777 == 0o600
    assert authentication.read_token(paths[0]) != authentication.read_token(paths[1])
