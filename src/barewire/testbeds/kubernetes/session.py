"""A session with `barewire-agent` (csrc/agent): programs started and files read in a pod, over one stream of bytes.

A thread reads what the agent says, because a program may end at any time; requests go one after another. While nobody asks for
anything a ping goes out, as the agent ends with all that it started when its client is gone.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from barewire import __version__
from barewire.errors import BarewireError, LoadError, MeasurementError
from barewire.testbeds.testbed import Finished

PATIENCE_S = 60
"""Seconds without a request after which the agent takes its client for gone."""
_PING_S = 15.0
_ANSWER_S = 30.0
_PIECE = 1 << 18
"""Bytes of a file that go into one request, well below what the agent takes."""


class Stream(Protocol):
    """What carries a session; both operations raise BarewireError once it has ended."""

    def send(self, data: bytes) -> None: ...
    def receive(self) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """A file's bytes; `error` is an errno, 0 for none."""

    content: bytes
    error: int

    @property
    def text(self) -> str:
        """Empty if it could not be read."""
        return self.content.decode(errors="replace")


class AgentSession:
    """The client's end. `where` names the pod in errors."""

    def __init__(self, stream: Stream, where: str) -> None:
        self._stream, self._where = stream, where
        self._answers: queue.Queue[Callable[[], tuple[str, ...] | FileAnswer]] = queue.Queue()
        self._ended: dict[int, Finished] = {}
        self._change = threading.Condition()
        self._failure: BarewireError | None = None
        self._closed = threading.Event()
        self._request = threading.Lock()
        self._numbers = 0
        self._unread = b""
        self._expect_version(self._line())
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._listen, self._ping)]
        for thread in self._threads:
            thread.start()

    def start(self, argv: Sequence[str], cpus: Sequence[int] = ()) -> int:
        """Start a program; its number. LoadError if it cannot be started."""
        with self._request:
            self._numbers += 1
            number = self._numbers
            words = (",".join(map(str, cpus)), *argv)
            payload = b"".join(word.encode() + b"\0" for word in words)
            self._send(f"start {number} {len(payload)}\n".encode() + payload)
            word, _, value = self._words(self._answer())
        if word == "failed":
            raise LoadError(f"{argv[0]} cannot be started", where=self._where, said=os.strerror(int(value)))
        return number

    def signal(self, number: int, signal: int) -> None:
        """Send a signal to a program; one that has ended is fine."""
        with self._request:
            self._send(f"signal {number} {signal}\n".encode())

    def read(self, paths: Sequence[str]) -> dict[str, FileAnswer]:
        """Files of the pod, by path."""
        payload = b"".join(path.encode() + b"\0" for path in paths)
        with self._request:
            self._send(f"read {len(payload)}\n".encode() + payload)
            answers = [self._answer() for _ in paths]
        return {path: answer for path, answer in zip(paths, answers, strict=True) if isinstance(answer, FileAnswer)}

    def list_folder(self, path: str) -> list[str]:
        """The names in a folder of the pod. MeasurementError if the pod cannot read it."""
        found = self.read([f"{path}/"])[f"{path}/"]
        if found.error:
            raise MeasurementError(f"{path} cannot be read", where=self._where, said=os.strerror(found.error))
        return [name for name in found.text.split("\0") if name not in ("", ".", "..")]

    def ask(self, port: int, request: bytes) -> bytes:
        """What a server on the loopback address of the pod's network answers until it closes; empty if it does not."""
        with self._request:
            self._send(f"ask {port} {len(request)}\n".encode() + request)
            answer = self._answer()
        return answer.content if isinstance(answer, FileAnswer) and not answer.error else b""

    def write(self, path: str, content: bytes) -> None:
        """Make a file of the pod that may be executed. LoadError if the pod refuses it."""
        for start in range(0, len(content), _PIECE):
            payload = path.encode() + b"\0" + content[start : start + _PIECE]
            with self._request:
                self._send(f"write {len(payload)}\n".encode() + payload)
                _, error = self._words(self._answer())
            if int(error):
                raise LoadError(f"{path} cannot be written", where=self._where, said=os.strerror(int(error)))

    def wait(self, number: int, seconds: float) -> Finished | None:
        """How a program ended; None if it still runs after `seconds`. MeasurementError if the session ends before it."""
        with self._change:
            self._change.wait_for(lambda: number in self._ended or self._failure, seconds)
            if (done := self._ended.pop(number, None)) is not None:
                return done
            self._raise_failure()
        return None

    def ended(self, number: int) -> bool:
        """Whether a program has ended."""
        with self._change:
            self._raise_failure()
            return number in self._ended

    @property
    def failure(self) -> BarewireError | None:
        """Why nothing more can be asked; None while the session goes on."""
        return self._failure

    def close(self) -> None:
        """End the session, and with it all that was started."""
        self._closed.set()
        self._stream.close()
        for thread in self._threads:
            thread.join(_ANSWER_S)

    def _send(self, data: bytes) -> None:
        with self._change:
            self._raise_failure()
        self._stream.send(data)

    def _answer(self) -> tuple[str, ...] | FileAnswer:
        try:
            return self._answers.get(timeout=_ANSWER_S)()
        except queue.Empty:
            silent = MeasurementError(f"a pod does not answer within {_ANSWER_S:g} s", where=self._where)
            with self._change:
                self._failure = self._failure or silent
            raise silent from None

    @staticmethod
    def _words(answer: tuple[str, ...] | FileAnswer) -> tuple[str, ...]:
        assert isinstance(answer, tuple)
        return answer

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _ping(self) -> None:
        while not self._closed.wait(_PING_S):
            try:
                with self._request:
                    self._send(b"ping\n")
            except BarewireError:
                return  # the next request raises it

    def _listen(self) -> None:
        try:
            while True:
                self._take(self._line().split())
        except BarewireError as error:
            failure = error
        except (ValueError, IndexError) as error:
            failure = MeasurementError("a pod's answer makes no sense", where=self._where, said=str(error))
        with self._change:
            self._failure = failure
            self._change.notify_all()
        self._answers.put(self._fail)

    def _fail(self) -> tuple[str, ...]:
        self._answers.put(self._fail)  # for the next one who asks
        assert self._failure is not None
        raise self._failure

    def _take(self, words: list[str]) -> None:
        match words:
            case ["pong"]:
                pass
            case ["started" | "failed", _, _] | ["written", _]:
                found = tuple(words)
                self._answers.put(lambda: found)
            case ["file", length, error]:
                answer = FileAnswer(self._bytes(int(length)), int(error))
                self._answers.put(lambda: answer)
            case ["ended", number, status, out, err]:
                texts = [self._bytes(int(length)).decode(errors="replace") for length in (out, err)]
                with self._change:
                    self._ended[int(number)] = Finished(int(status), *texts)
                    self._change.notify_all()
            case _:
                raise ValueError(f"unknown answer {' '.join(words)!r}")

    def _line(self) -> str:
        while b"\n" not in self._unread:
            self._unread += self._stream.receive()
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode(errors="replace")

    def _bytes(self, length: int) -> bytes:
        parts, left = [self._unread], length - len(self._unread)
        while left > 0:
            parts.append(self._stream.receive())
            left -= len(parts[-1])
        content = b"".join(parts)
        self._unread = content[length:]
        return content[:length]

    def _expect_version(self, line: str) -> None:
        if line != f"barewire-agent {__version__}":
            raise MeasurementError(
                "the agent in a pod is of another version", where=self._where, said=f"{line!r}, not {__version__}",
                remedy="Build barewire and its C parts together (scripts/setup)",
            )  # fmt: skip
