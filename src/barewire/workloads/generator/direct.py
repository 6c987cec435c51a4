"""`barewire load`: the generator on this machine, in this process's network namespace, against any address.

The generator checks its own options and says what is wrong with them, so nothing is checked twice here. Ctrl-C goes to the
generator only, which stops early with complete counters; a second one ends it at once. It dies with this process.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from barewire import __version__, schemas
from barewire.errors import LoadError
from barewire.kernel import syscalls
from barewire.records import LoadDocument, SecondRecord, TimesRecord
from barewire.workloads.generator import load
from barewire.workloads.generator.histogram import Entry, log_text

WRONG, INVALID, INTERRUPTED = 2, 3, 130


def run(words: Sequence[str], hung_up: Callable[[], None] = lambda: None) -> tuple[int, load.LoadResult | None]:
    """Run the generator; return its exit code, and its result if it printed one. Messages go to this process's stderr.
    `hung_up` is called at SIGHUP, when the terminal may be gone. LoadError if it was killed or failed."""
    process = subprocess.Popen(
        [load.program(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace",
        process_group=0, preexec_fn=syscalls.die_with_parent,
    )  # fmt: skip
    with process, _handed_on(process, hung_up):
        output, _ = process.communicate()
    if process.returncode < 0 and process.returncode != -signal.SIGINT:
        raise LoadError("the load generator was ended", said=signal.Signals(-process.returncode).name)
    if process.returncode not in (0, WRONG, INVALID, INTERRUPTED, -signal.SIGINT):
        raise LoadError("the load generator failed", said=f"status {process.returncode}")
    status = INTERRUPTED if process.returncode == -signal.SIGINT else process.returncode
    return status, load.parse(output) if output else None


def document(result: load.LoadResult, command: str) -> LoadDocument:
    """Settings, counters, and each kind of time over all and by the second."""
    measured = kinds(result)
    return LoadDocument(
        schema=f"barewire/load/{schemas.VERSION}",
        version=__version__,
        command=command,
        settings=result.settings,
        interrupted=result.interrupted,
        counters=result.counters,
        whole=TimesRecord(**{f"{kind}_ns": result.histogram(kind).summary() for kind in measured}),
        seconds=tuple(
            SecondRecord(start, end, **{f"{kind}_ns": found[kind].summary() for kind in measured})
            for start, end, found in result.intervals
        ),
    )


def kinds(result: load.LoadResult) -> list[str]:
    """The kinds of time that have samples."""
    return [kind for kind in load.KINDS if any(found[kind].count for _, _, found in result.intervals)]


def logs(result: load.LoadResult) -> Mapping[str, str]:
    """An HdrHistogram log for each kind, by the name of its file: an interval for each second, in ns."""
    return {
        f"{kind}.hlog": log_text([Entry("", found[kind], start, end) for start, end, found in result.intervals])
        for kind in kinds(result)
    }


@contextmanager
def _handed_on(process: subprocess.Popen[str], hung_up: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP (unless it is ignored, as under nohup) as Ctrl-C of the generator, which then prints what it
    has. A lost terminal sends SIGHUP more than once, and a second Ctrl-C would end the generator at once."""

    def hand_on(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            hung_up()
        process.send_signal(signal.SIGINT)

    handled = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        handled.append(signal.SIGHUP)
    before = {number: signal.signal(number, hand_on) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handler)
