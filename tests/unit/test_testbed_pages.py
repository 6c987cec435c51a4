"""What the pages of peer, ssh and kubernetes print to type is what the command line takes, and what serve prints is theirs."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from barewire.cli import every, serving
from barewire.cli.typed import options
from barewire.study.design.options import BY_KEY
from barewire.study.design.plan_file import load_plan

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("peer", "ssh", "kubernetes")


@cache
def commands() -> Any:
    return typer.main.get_command(every.app)


def typed(page: str) -> list[str]:
    """The lines of a page's blocks that begin with barewire, after a prompt or without one; continued lines are joined."""
    text = re.sub(r" *\\\n +", " ", (DOCS / f"{page}.md").read_text())
    return re.findall(r"^    (?:\w+[$#] +| +)?(barewire .*)", text, re.MULTILINE)


LINES = [(page, line) for page in PAGES for line in typed(page)]


def test_every_page_has_lines_to_type() -> None:
    assert {page for page, line in LINES if " study " in line} == set(PAGES)


@pytest.mark.parametrize(("page", "line"), LINES)
def test_a_printed_line_is_taken_by_the_command_line(page: str, line: str) -> None:
    _, *words = shlex.split(line)
    command = commands().get_command(commands().make_context("barewire", [], resilient_parsing=True), words[0])
    given = command.make_context(words[0], words[1:]).params
    if words[0] != "study":
        return
    plan = load_plan(None, options({key: given[key] or None for key in BY_KEY}))
    assert (plan.with_peer, plan.in_cluster, plan.on_machines) == tuple(
        page == one for one in ("peer", "kubernetes", "ssh")
    )
    assert plan.networks[0] == "host"


def test_serve_prints_what_the_page_shows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(serving, "_list_addresses", lambda: [("eth0", "10.0.0.2"), ("vxlan0", "172.16.0.7")])
    serving._print_what_to_type(Path("t"), True, "0.0.0.0", 19999, range(20000, 21000))
    shown = "".join(f"    {line}\n" for line in capsys.readouterr().out.splitlines())
    assert shown in (DOCS / "peer.md").read_text()
