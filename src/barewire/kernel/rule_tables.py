"""Write tables of rules: `nft` and `iptables-nft-restore`, in several namespaces at once.

Each run waits for the kernel, some 20 ms and longer under load, and the namespaces of a lab have nothing to do with each other.
Tables of one namespace and program are written by one run. A table is replaced in one transaction, so that a packet sees the old
rules or the new ones and never none; an empty chain named after a hash of the wanted body shows later that the table is ours
and what it was made from (nft's JSON leaves a table's comment out). What iptables-nft-restore makes are tables of nft, so the
same mark serves.
"""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from itertools import zip_longest

from barewire.errors import KernelError
from barewire.kernel import programs
from barewire.kernel.namespaces import Namespaces
from barewire.model.commands import restore_program, restored_text
from barewire.model.objects import IptablesTable, Table

MARK = "barewire_"
_AT_ONCE = 4 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class _TableRun:
    """A running program that writes tables."""

    process: subprocess.Popen[str]
    words: str
    namespace: str

    def finish(self) -> KernelError | None:
        """Wait for its end; the error if it failed."""
        output, errors = self.process.communicate()
        if self.process.returncode == 0:
            return None
        said = " ".join((errors or output).split())
        return KernelError(f"cannot do `{self.words}`", where=self.namespace, said=said)


def table_mark(table: Table) -> str:
    """The name of the empty chain that marks a table as ours and identifies its content."""
    return f"{MARK}{blake2s(table.body.encode(), digest_size=8).hexdigest()}"


def write_tables(namespaces: Namespaces, wanted: Mapping[str, Sequence[Table]]) -> None:
    """Replace the tables of each namespace, whether or not they were there. KernelError with the first that is refused.

    The programs of one namespace run one after the other: hooks of equal priority are called in the order of registration, so
    two at once would give labs of one network another path from time to time."""
    turns = zip_longest(*([(name, *run) for run in _runs(tables)] for name, tables in wanted.items()))
    for turn in turns:
        _run_at_once(namespaces, [one for one in turn if one])


def _run_at_once(namespaces: Namespaces, runs: Sequence[tuple[str, tuple[str, ...], str]]) -> None:
    """Run programs, each in its namespace with its words and what it reads."""
    running: deque[_TableRun] = deque()
    failed: list[KernelError] = []
    try:
        for name, words, text in runs:
            if len(running) >= _AT_ONCE and (error := running.popleft().finish()):
                failed.append(error)
                break
            with namespaces.enter(name):
                running.append(_started(words, text, name))
    finally:
        failed += [error for run in running if (error := run.finish())]
    if failed:
        raise failed[0]


def _started(words: tuple[str, ...], text: str, namespace: str) -> _TableRun:
    # By its path alone: to ask its version takes longer than it may in a guest whose time jumps while it waits.
    path = programs.require_path(words[0], "this network")
    with os.fdopen(os.memfd_create("rules"), "w+b") as script:
        script.write(text.encode())
        script.seek(0)
        process = subprocess.Popen(
            [path, *words[1:]], stdin=script, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
        )  # fmt: skip
    return _TableRun(process, " ".join(words), namespace)


def _runs(tables: Sequence[Table]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each program with what it reads."""
    texts: dict[tuple[str, ...], str] = {}
    for table in tables:
        if isinstance(table, IptablesTable):
            words: tuple[str, ...] = (restore_program(table.family),)
            text = restored_text(table, [f":{table_mark(table)} - [0:0]"])
        else:
            name = f"{table.family} {table.name}"
            words, text = ("nft", "-f", "-"), f"add table {name}\ndelete table {name}\n"
            text += f"table {name} {{\nchain {table_mark(table)} {{ }}\n{table.body}\n}}\n"
        texts[words] = texts.get(words, "") + text
    yield from texts.items()
