"""The port of a peer: each connection must prove within seconds that it has the token; one study at a time is then served.

Until then a connection costs little and is bounded in everything: so many at a time (a newer one replaces the oldest, so that
idle ones cannot keep the owner out), so many a second, one deadline for the TLS handshake and the proof together, messages of a
few bytes. A wrong proof, garbage and silence have the same answer: the connection is closed. After it a request may be of
`MOST_REQUEST_BYTES`, and the connection ends when it is silent for longer than the study said it would be, or when the kernel
finds the other end gone (keepalive). With it ends everything that was started for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from barewire import __version__
from barewire.endpoints.peer import answers, messages
from barewire.endpoints.peer.authentication import is_proof, nonce, prove
from barewire.endpoints.peer.service import PeerService
from barewire.errors import LoadError, PrerequisiteError

MOST_WAITING, MOST_PER_SECOND, WAIT_S = 16, 50, 5.0
"""Connections that have not proved anything: at a time, a second, and for how long each."""

TURN_S = 5.0
"""For how long a study waits while another one ends: a study follows its own pre-flight, and a resumed one itself."""

MOST_REQUESTS_PER_SECOND = 200
_GREETING_BYTES = 512
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 4))
"""Seconds until the kernel looks whether a silent other end is there, seconds between two looks, and how many may stay without an
answer: the other end is gone 30 s after the last that was heard of it."""

_UNANSWERED_MS = 30_000

_BUSY = answers.Failed("failed", "PrerequisiteError", "the peer serves another study", remedy="Wait until it is over")

Say = Callable[[str], None]


def keep_alive(connection: socket.socket) -> None:
    """Let the kernel end a connection whose other end is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNANSWERED_MS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, on `::` for both IP versions; PrerequisiteError where the kernel refuses it."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        both = host == "::" and socket.has_dualstack_ipv6()
        listener = socket.create_server((host, port), family=family, backlog=MOST_WAITING, dualstack_ipv6=both)
    except OSError as error:
        raise PrerequisiteError(
            f"cannot listen on {host} port {port}", said=(error.strerror or str(error)).partition(" (while attempting")[0],
            remedy="Give --bind an address of this machine and a free port",
        ) from error  # fmt: skip
    listener.setblocking(False)
    return listener


class PeerListener:
    """Serves studies on `listener` until it is cancelled. `service` makes the service of one study; `say` prints a line."""

    def __init__(
        self,
        listener: socket.socket,
        context: ssl.SSLContext,
        fingerprint: bytes,
        token: bytes,
        service: Callable[[], PeerService],
        say: Say,
    ) -> None:
        self._listener, self._context, self._fingerprint, self._token = listener, context, fingerprint, token
        self._service, self._say = service, say
        self._waiting: dict[asyncio.Task[None], None] = {}
        self._serving, self._idle = False, asyncio.Event()
        self.queued = 0
        """Studies that wait for the end of another one."""
        self.refused: Counter[str] = Counter()
        """Connections that were not served, by reason."""

    async def run(self) -> None:
        """Accept until cancelled; then every connection is closed and everything that was started has ended."""
        loop = asyncio.get_running_loop()
        # One thread for all that a study asks for: requests follow each other, and what they start ends with the thread.
        with ThreadPoolExecutor(1, "barewire-peer") as worker:
            try:
                while True:
                    began = time.monotonic()
                    connection, address = await loop.sock_accept(self._listener)
                    if len(self._waiting) >= MOST_WAITING:
                        self.refused["replaced"] += 1
                        next(iter(self._waiting)).cancel()
                    who = str(address[0]).removeprefix("::ffff:")  # IPv4 at a socket of both versions
                    task = asyncio.create_task(self._connected(connection, who, worker))
                    self._waiting[task] = None
                    task.add_done_callback(lambda done: self._waiting.pop(done, None))
                    # A flood waits in the kernel's queue, which is as short as the list here.
                    await asyncio.sleep(max(0.0, 1 / MOST_PER_SECOND - (time.monotonic() - began)))
            finally:
                left = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
                for one in left:
                    one.cancel()
                await asyncio.gather(*left, return_exceptions=True)

    async def _connected(self, connection: socket.socket, address: str, worker: ThreadPoolExecutor) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            keep_alive(connection)
        except OSError:
            connection.close()
            return
        try:
            async with asyncio.timeout(WAIT_S):
                reader, writer = await self._secured(connection)
                await self._authenticate(reader, writer)
            task = asyncio.current_task()
            assert task is not None
            self._waiting.pop(task, None)
            await self._serve(reader, writer, address, worker)
        except TimeoutError:
            self.refused["too slow"] += 1
        except PermissionError:
            self.refused["not the token"] += 1
            self._say(f"refused {address}: it does not have the token")
        except (OSError, ValueError, EOFError, ssl.SSLError):
            self.refused["not a study"] += 1
        finally:
            # Before it, the loop closes what it has made of the socket.
            if writer is not None:
                writer.transport.abort()

    async def _secured(self, connection: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """TLS on an accepted socket. The limit is one of memory: what comes beyond it waits in the kernel."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(messages.MOST_REQUEST_BYTES, loop)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, connection, ssl=self._context, ssl_handshake_timeout=WAIT_S, ssl_shutdown_timeout=1.0
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _authenticate(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """PermissionError without the token, ValueError for what is not the protocol."""
        hello = messages.decode(await _body(reader, _GREETING_BYTES), messages.HELLO)
        own = nonce()
        await _send(writer, messages.Challenge("challenge", messages.PROTOCOL, own))
        if hello.protocol != messages.PROTOCOL:
            raise ValueError("another protocol")
        proof = messages.decode(await _body(reader, _GREETING_BYTES), messages.PROOF)
        ends = (self._fingerprint, hello.nonce, own)
        if not is_proof(proof.mac, prove(self._token, "client", *ends)):
            raise PermissionError
        await _send(writer, messages.Welcome("welcome", prove(self._token, "peer", *ends), __version__))

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, worker: ThreadPoolExecutor
    ) -> None:
        if not await self._take_turn():
            self.refused["busy"] += 1
            await _body(reader, messages.MOST_REQUEST_BYTES)
            await _send(writer, _BUSY)
            return
        self._say(f"a study from {address} has begun")
        loop, service = asyncio.get_running_loop(), self._service()
        why = "it has ended"
        try:
            while True:
                try:
                    async with asyncio.timeout(service.idle_s):
                        body = await _body(reader, messages.MOST_REQUEST_BYTES)
                except TimeoutError:
                    why = f"nothing was heard of it for {service.idle_s:g} s"
                    break
                request = messages.decode(body, messages.REQUEST)
                began = time.monotonic()
                answer = await loop.run_in_executor(worker, service.answer, request)
                await _send(writer, answer)
                await asyncio.sleep(max(0.0, 1 / MOST_REQUESTS_PER_SECOND - (time.monotonic() - began)))
        except asyncio.IncompleteReadError:
            pass
        except ValueError as error:
            why = f"it sent what is no request: {error}"
        except (OSError, LoadError) as error:
            why = f"its connection was lost: {error}"
        finally:
            # A cancellation must not leave servers behind.
            await asyncio.shield(loop.run_in_executor(worker, service.close))
            self._serving = False
            self._idle.set()
            self._say(f"the study from {address} is over: {why}")

    async def _take_turn(self) -> bool:
        """Wait for the end of the study before this one, which takes a moment after its connection has ended; False if it goes
        on."""
        self.queued += 1
        try:
            async with asyncio.timeout(TURN_S):
                while self._serving:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            return False
        finally:
            self.queued -= 1
        self._serving = True
        return True


async def _body(reader: asyncio.StreamReader, most: int) -> bytes:
    """One message; ValueError for a longer one than `most`."""
    size = int.from_bytes(await reader.readexactly(4), "big")
    if not 0 < size <= most:
        raise ValueError(f"a message of {size} bytes")
    return await reader.readexactly(size)


async def _send(writer: asyncio.StreamWriter, message: object) -> None:
    writer.write(messages.encode(message, messages.MOST_ANSWER_BYTES))
    with contextlib.suppress(ConnectionError):
        await writer.drain()
