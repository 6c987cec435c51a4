"""Tables of rules are written in many namespaces at once, and within one in their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from barewire.errors import KernelError
from barewire.kernel import rule_tables
from barewire.model.objects import IptablesTable, NftTable

TABLES = (NftTable("ip", "a", ""), IptablesTable("ip", "filter", ""), IptablesTable("ip6", "filter", ""))


class Programs:
    """Programs that run until they are waited for; those of the namespace `fails` end with an error."""

    def __init__(self, fails: str = "") -> None:
        self.running: list[str] = []
        self.begun: list[tuple[str, str]] = []
        self.together = 0
        self._fails = fails

    @contextmanager
    def enter(self, name: str) -> Iterator[None]:
        yield

    def start(self, words: tuple[str, ...], _text: str, name: str) -> Any:
        assert name not in self.running, "two at once could register their hooks in either order"
        self.running.append(name)
        self.begun.append((name, words[0]))
        self.together = max(self.together, len(self.running))
        return _Run(self, name, KernelError("cannot", where=name) if name == self._fails else None)


class _Run:
    def __init__(self, programs: Programs, name: str, error: KernelError | None) -> None:
        self._programs, self._name, self._error = programs, name, error

    def finish(self) -> KernelError | None:
        self._programs.running.remove(self._name)
        return self._error


def write(monkeypatch: pytest.MonkeyPatch, programs: Any) -> None:
    monkeypatch.setattr(rule_tables, "_started", programs.start)
    rule_tables.write_tables(programs, {"n1": TABLES, "n2": TABLES[:1], "n3": ()})


def test_programs_of_one_namespace_run_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs()
    write(monkeypatch, programs)
    ours = [program for name, program in programs.begun if name == "n1"]
    assert ours == ["nft", "iptables-nft-restore", "ip6tables-nft-restore"]
    assert programs.together == 2 and programs.running == []


def test_a_refused_table_is_the_error_and_nothing_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs("n2")
    with pytest.raises(KernelError, match="n2"):
        write(monkeypatch, programs)
    assert programs.running == [] and len(programs.begun) == 2
