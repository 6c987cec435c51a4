"""The help of the command line: nothing is cut at 80 columns, and the many options of `study` are in groups, one a line."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from barewire.cli.every import app


def commands(command: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", {})
    return (
        [found for name, one in below.items() for found in commands(one, (*path, name))] if below else [(path, command)]
    )


COMMANDS = commands(typer.main.get_command(app))


def shown(*path: str) -> str:
    done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_help_is_not_cut_at_80_columns(path: tuple[str, ...], command: Any) -> None:
    text = shown(*path)
    assert all(len(line) <= 80 for line in text.splitlines()), text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    words = "".join(text.split())
    for parameter in command.params:
        assert "".join((parameter.help or "").split()) in words, parameter.name


def test_each_option_of_study_takes_one_line() -> None:
    lines = shown("study").splitlines()
    study = dict(COMMANDS)[("study",)]
    for parameter in study.params:
        assert any(line.endswith(f"  {parameter.help}") for line in lines), parameter.name


def test_the_options_of_study_are_in_groups() -> None:
    headings = [line for line in shown("study").splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings[0] == "Arguments:" and headings[-1] == "Other:"
    assert len(headings) > 5 and "Options:" not in headings
