"""The command line as a user runs it: a program, its output, its exit code."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from barewire.cli import entry
from tests.support import hurried, zygote

BAREWIRE = (sys.executable, "-P", "-m", "barewire")
HURRIED_BAREWIRE = (sys.executable, "-P", str(Path(__file__).with_name("hurried_barewire.py")))

TINY = (
    "--blocks", "1", "--seconds", "0.2", "--loads", "50%", "--sizes", "100", "--warmup", "0.05", "--streams", "1",
    "--workloads", "http,http-max", "--force",
)  # fmt: skip
"""A study as short as it can be, on a machine however busy; its numbers mean nothing. Other kinds of load come after it."""


REMARKS = (
    "a wall-clock study is running",
    "measuring all the same (--force)",
    "the load average of the last minute is",
    "CPUs are limited to",
)
"""What a study says of the machine: other tests and programs decide whether it does."""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line that an error is."""
        lines = [
            line
            for line in self.err.splitlines()
            if line.startswith("barewire: ") and not any(remark in line for remark in REMARKS)
        ]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


def barewire(
    *arguments: str,
    before: Sequence[str] = (),
    seconds: float = 60,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    first: str = "",
) -> Done:
    """Run `barewire ARGUMENTS` in `folder`, perhaps through a program that comes `before`, with more in its environment.

    With no program before it, it is a process that need not import anything (`zygote`); it may run Python code `first`.
    """
    variables = {**os.environ, **(environment or {})}
    if not before and zygote.serves(variables):
        code, out, err = zygote.run(arguments, folder, variables, first, seconds)
        return Done(code, _decoded(out), _decoded(err))
    assert not first
    done = subprocess.run(
        [*before, *BAREWIRE, *arguments], capture_output=True, text=True, check=False, timeout=seconds, cwd=folder,
        env=variables,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def _decoded(stream: bytes) -> str:
    """As `subprocess` does with `text`."""
    return io.TextIOWrapper(io.BytesIO(stream)).read()


def with_run(done: Done, run: Path) -> Done:
    """A study that has written its run; on a busy machine it concludes nothing, with code 3. One that ended before it had a run
    has that code, too: then the test fails with what it said."""
    assert done.code in (0, 3) and (run / "run.json").exists(), f"code {done.code}: {done.err}"
    return done


def barewire_inside(*arguments: str) -> Done:
    """Run `barewire ARGUMENTS` in this process, for tests of what it answers: a process spends half a second on imports alone.

    Streams, signals and the way out are a process' own; tests of those take `barewire`.
    """
    out, err = (
        io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2)
    )  # reports in bytes go to its buffer
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with (
            mock.patch.object(sys, "argv", ["barewire", *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = entry.run()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for stream in (out, err):
        stream.seek(0)
    return Done(code, out.read(), err.read())


def study_inside(*arguments: str) -> Done:
    """Run `barewire study ARGUMENTS` in this process, `hurried`."""
    with hurried.hurried():
        return barewire_inside("study", *arguments)


def study(*arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Done:
    """The same in a process of its own."""
    return barewire("study", *arguments, seconds=300, folder=folder, environment=environment, first=HURRIED)


HURRIED = """
module = load("hurried")
for where, name, value in module.PATCHES:
    setattr(where, name, value)
"""
