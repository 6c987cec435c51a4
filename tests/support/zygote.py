"""Commands of barewire out of one interpreter, which imports once and forks for each of them.

A process spends half a second and more of CPU time on imports before it does anything. This one has done so; what it forks has
its own streams, environment, folder and end, as a program that was started has. Tests of how Python starts do not use it.
It is started by `run` and ends with the process that started it.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import ModuleType

IMPORTED_BY_MOST = (
    "scipy.special", "scipy.stats", "rich.console", "barewire.render", "barewire.cli.commands", "barewire.cli.measuring",
    "barewire.cli.compare", "barewire.cli.history", "barewire.cli.report", "barewire.results.comparison.answer",
    "barewire.study.execution.search", "barewire.workloads.generator.selftest",
)  # fmt: skip
READ_AT_A_START = ("LD_", "LC_", "LANG", "PYTHON")
"""Beginnings of variables that Python or the loader reads before any code of ours."""

Request = tuple[tuple[str, ...], str, dict[str, str], str, str, str]
"""Words, folder, environment, Python code to run first, and the files for both outputs."""


@dataclass
class _Zygote:
    process: subprocess.Popen[bytes]
    connection: Connection
    read_at_start: dict[str, str]


_running: list[_Zygote] = []


def read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment decides how a program in Python starts."""
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_A_START)}


def _zygote() -> _Zygote:
    if not _running:
        ours, theirs = Pipe()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )  # fmt: skip
        _running.append(_Zygote(process, ours, read_at_start(os.environ)))
    return _running[0]


def serves(environment: Mapping[str, str]) -> bool:
    """Whether a command would start with this environment as the zygote did."""
    return _zygote().read_at_start == read_at_start(environment)


def run(
    words: tuple[str, ...], folder: Path | None, environment: Mapping[str, str], first: str, seconds: float
) -> tuple[int, bytes, bytes]:
    """Exit code and both outputs of `barewire WORDS`; `subprocess.TimeoutExpired` if it takes longer."""
    connection = _zygote().connection
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        limit = time.monotonic() + seconds
        connection.send((words, str(folder or Path.cwd()), dict(environment), first, out.name, err.name))
        pid = connection.recv()
        if not connection.poll(max(0.0, limit - time.monotonic())):
            os.kill(pid, 9)
            connection.recv()
            raise subprocess.TimeoutExpired(["barewire", *words], seconds, out.read(), err.read())
        return connection.recv(), out.read(), err.read()


def end() -> None:
    """End the interpreter, if there is one."""
    while _running:
        zygote = _running.pop()
        zygote.connection.close()
        zygote.process.wait()


def main() -> None:
    for module in IMPORTED_BY_MOST:
        importlib.import_module(module)
    gc.freeze()  # else every child would copy, at its end, all that it shares with this process
    connection = Connection(int(sys.argv[1]))
    while True:
        try:
            request: Request = connection.recv()
        except EOFError:
            return
        child = os.fork()
        if not child:
            connection.close()
            _become(*request)
        connection.send(child)
        connection.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _become(words: tuple[str, ...], folder: str, environment: dict[str, str], first: str, out: str, err: str) -> None:
    """Be `barewire WORDS`; does not return."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, out), (2, err)):
        opened = os.open(name, os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)
    exec(first, {"load": _load})
    sys.argv = ["barewire", *words]
    importlib.import_module("barewire.cli").main()  # exits


def _load(name: str) -> ModuleType:
    """A module beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
