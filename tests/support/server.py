"""`barewire-serve` for tests: built from its sources with sanitizers, started on free ports, stopped and read."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.support.generator import ADDRESS, LIMIT_SECONDS, compiled, program_sources

_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _workers
_EACH = 20_000 // _workers
_ports = cycle(range(10_000 + _EACH * _worker, 10_000 + _EACH * (_worker + 1)))
for _ in range(random.randrange(_EACH)):
    next(_ports)  # other test runs on this machine begin elsewhere


@cache
def program(sanitizer: str = ADDRESS) -> Path:
    """`barewire-serve`, as meson builds it but for the sanitizer."""
    return compiled(f"serve{sanitizer}", program_sources("serve"), sanitizer)


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody has, of TCP and of UDP, and that nobody gets before a server takes it: below those that the kernel
    gives to clients, and to each worker of a test run from a range of its own."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        port = next(_ports)
        with socket.socket(family, socket.SOCK_STREAM) as tcp, socket.socket(family, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind((host, port))
                udp.bind((host, port))
            except OSError:
                continue
            return port


class Serving:
    """A running server; `counted` is its document once it has ended."""

    def __init__(self, words: list[str], host: str, sanitizer: str) -> None:
        self.host = host
        self.counted: dict[str, Any] = {}
        self._marker = free_port(host)
        # The last service listens last, so a connection to it shows that all are there.
        command = [str(program(sanitizer)), f"--bind={host}", *words, f"--sink={self._marker}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while self.process.poll() is None:
            try:
                socket.create_connection((host, self._marker)).close()
                break
            except ConnectionRefusedError:
                continue

    def end(self, number: int = signal.SIGTERM) -> None:
        """Ask it to end; it must end well, and its document must be whole."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=LIMIT_SECONDS)
        assert (self.process.returncode, err) == (0, "")
        self.counted = json.loads(out)
        self.counted["sink"] = [one for one in self.counted["sink"] if one["port"] != self._marker]


@contextmanager
def serving(*words: str, host: str = "127.0.0.1", sanitizer: str = ADDRESS) -> Iterator[Serving]:
    """A server for the body of the `with`; after it `counted` is there."""
    server = Serving(list(words), host, sanitizer)
    try:
        yield server
        server.end()
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()
