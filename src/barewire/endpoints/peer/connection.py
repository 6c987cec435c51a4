"""The study's end of the connection to a peer: connect, prove, ask.

One request is under way at a time. What the peer could not do is raised here as it was there; a connection that breaks is a
`LostPeerError`, which ends the study, because what a peer that is gone has measured is not known.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from pydantic import TypeAdapter

from barewire import __version__
from barewire.endpoints.peer import answers, messages
from barewire.endpoints.peer.authentication import client_context, fingerprint, is_proof, nonce, prove
from barewire.endpoints.peer.listener import keep_alive
from barewire.errors import BarewireError, KernelError, LoadError, PrerequisiteError
from barewire.model.objects import IPAddress

CONNECT_S, ANSWER_S = 10.0, 60.0
"""Until a connection stands, and the longest that any request takes."""

_KINDS: dict[str, type[BarewireError]] = {
    "LoadError": LoadError,
    "PrerequisiteError": PrerequisiteError,
    "KernelError": KernelError,
}

T = TypeVar("T")


class LostPeerError(PrerequisiteError):
    """The peer is not there, or no longer, or is another."""


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """`HOST:PORT`, as it was typed."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class PeerConnection:
    """An authenticated connection. A `with` closes it."""

    def __init__(self, address: PeerAddress, token: bytes) -> None:
        self.address = address
        self._token = token
        try:
            raw = socket.create_connection((address.host, address.port), CONNECT_S)
        except OSError as error:
            raise self._lost(
                "cannot be reached", error.strerror or str(error), "Is barewire serve running there?"
            ) from error
        try:
            keep_alive(raw)
            self._socket = client_context().wrap_socket(raw, do_handshake_on_connect=False)
        except OSError as error:
            raw.close()
            raise self._lost("ended the connection", error.strerror or str(error), "") from error
        try:
            self._socket.do_handshake()
            self._prove()
            self._socket.settimeout(ANSWER_S)
        except BaseException as error:
            self._socket.close()
            raise self._cannot(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and with it everything at the peer that was started over it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed, here or because the peer was gone."""
        return self._socket.fileno() < 0

    def join(self, endpoints: Mapping[str, IPAddress], idle_s: float) -> answers.Joined:
        """Begin a study on these addresses, which may be silent for so long."""
        return self.ask(messages.JoinStudy("join", __version__, dict(endpoints), idle_s), answers.Joined)

    def end_servers(self) -> None:
        """End whatever the study still serves; nothing where the connection is gone, which has ended it."""
        if not self.closed:
            self.ask(messages.Clear("clear"), answers.Cleared)

    def ask(self, request: object, wanted: type[T], seconds: float = 0.0) -> T:
        """The answer to `request`, which takes at most `seconds` more than others. What failed there is raised here."""
        try:
            self._socket.settimeout(ANSWER_S + seconds)
            self._socket.sendall(messages.encode(request, messages.MOST_REQUEST_BYTES))
            answer = messages.decode(self._read(messages.MOST_ANSWER_BYTES), answers.ANSWER)
        except OSError as error:
            self.close()
            raise self._lost("is gone", str(error) or type(error).__name__, "") from error
        except ValueError as error:
            self.close()
            raise self._lost(
                "sent what is no answer", str(error), "Install the same version on both machines"
            ) from error
        if isinstance(answer, answers.Failed):
            where = f"{answer.where} of {self.address}" if answer.where else f"peer {self.address}"
            raise _KINDS[answer.kind](answer.what, where=where, said=answer.said, remedy=answer.remedy)
        if not isinstance(answer, wanted):
            self.close()
            raise self._lost("gave another answer than was asked for", type(answer).__name__, "")
        return answer

    def _prove(self) -> None:
        certificate = self._socket.getpeercert(binary_form=True)
        if certificate is None:
            raise ValueError("it showed no certificate")
        own = nonce()
        self._send(messages.Hello("hello", messages.PROTOCOL, own))
        challenge = self._greeting(messages.CHALLENGE)
        if challenge.protocol != messages.PROTOCOL:
            raise self._lost(
                "has another version of barewire", f"its protocol is {challenge.protocol}, and {messages.PROTOCOL} here",
                "Install the same version on both machines",
            )  # fmt: skip
        ends = (fingerprint(certificate), own, challenge.nonce)
        self._send(messages.ClientProof("proof", prove(self._token, "client", *ends)))
        try:
            welcome = self._greeting(messages.WELCOME)
        except (EOFError, ConnectionError) as error:
            raise self._refused("it ended the connection when the proof had come") from error
        if not is_proof(welcome.mac, prove(self._token, "peer", *ends)):
            raise self._refused("its proof does not fit: it is another machine, or someone is in between")
        if welcome.version != __version__:
            raise self._lost(
                "has another version of barewire", f"{welcome.version} there, {__version__} here",
                "Install the same version on both machines",
            )  # fmt: skip

    def _greeting(self, kind: TypeAdapter[T]) -> T:
        return messages.decode(self._read(messages.MOST_REQUEST_BYTES), kind)

    def _send(self, message: object) -> None:
        self._socket.sendall(messages.encode(message, messages.MOST_REQUEST_BYTES))

    def _read(self, most: int) -> bytes:
        size = int.from_bytes(self._exactly(4), "big")
        if not 0 < size <= most:
            raise ValueError(f"a message of {size} bytes")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            piece = self._socket.recv(size - len(found))
            if not piece:
                raise ConnectionResetError("it closed the connection")
            found += piece
        return bytes(found)

    def _refused(self, said: str) -> LostPeerError:
        return self._lost(
            "and this machine do not have the same token", said,
            "Copy the token file that barewire serve uses there, and check the address",
        )  # fmt: skip

    def _cannot(self, error: BaseException) -> BaseException:
        """Why a connection could not be made, for the user."""
        if isinstance(error, ssl.SSLError):
            said = error.reason or str(error)
            return self._lost(
                "does not speak as barewire serve does", said, "Is it the port that barewire serve printed?"
            )
        if isinstance(error, OSError | ValueError):
            return self._lost("ended the connection", str(error) or type(error).__name__, "")
        return error

    def _lost(self, what: str, said: str, remedy: str) -> LostPeerError:
        return LostPeerError(
            f"the peer {self.address} {what}", said=said,
            remedy=remedy or "See what barewire serve printed there; a study goes on with --resume",
        )  # fmt: skip
