"""What `scripts/docs` generates is current, and manual pages and completion scripts work in the programs that read them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from barewire.cli.every import app
from tools import manual

PAGES = sorted(str(path.relative_to(manual.ROOT)) for path in (manual.ROOT / "share").rglob("*.1"))


@pytest.fixture(scope="module")
def files() -> Mapping[str, str]:
    """What `scripts/docs` generates, by path; not at import, which each worker does."""
    return manual.files()


def options(command: Any, name: str) -> dict[str, list[str]]:
    """The long options of every command by its name. Typer's objects are those of a click of its own."""
    found = {name: [one for parameter in command.params for one in parameter.opts if one.startswith("--")]}
    for child, below in getattr(command, "commands", {}).items():
        found |= options(below, f"{name} {child}")
    return found


@cache
def _options() -> dict[str, list[str]]:
    return options(typer.main.get_command(app), "barewire")


def test_the_generated_files_are_current(files: Mapping[str, str]) -> None:
    tracked = {
        str(path.relative_to(manual.ROOT)): path.read_text(encoding="utf-8")
        for path in (manual.ROOT / "share").rglob("*")
        if path.is_file()
    }
    tracked[manual.REFERENCE] = (manual.ROOT / manual.REFERENCE).read_text(encoding="utf-8")
    assert sorted(name for name in files.keys() | tracked if files.get(name) != tracked.get(name)) == [], (
        "type scripts/docs"
    )


def test_the_reference_has_every_option_of_every_command(files: Mapping[str, str]) -> None:
    for name, wanted in _options().items():
        heading = "# Commands" if name == "barewire" else f"#+ `{name}`"
        section = re.search(rf"^{heading}$(.*?)(?=^#|\Z)", files[manual.REFERENCE], re.MULTILINE | re.DOTALL)
        assert section is not None, name
        assert [one for one in wanted if not re.search(rf"{one}[ ,`/]", section[1])] == [], name


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
@pytest.mark.parametrize("path", PAGES)
def test_a_manual_page_is_formatted_without_a_warning(path: str, files: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou"], input=files[path], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    words = "".join(re.sub(r"\N{HYPHEN}\s*|\s+", "", done.stdout).split())
    command = Path(path).stem.replace("-", " ")
    assert "EXITSTATUS" in words and command.replace(" ", "") in words
    for name, wanted in _options().items():
        if name == command:
            assert [one for one in wanted if one not in words] == []


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes_with_the_packaged_script(tmp_path: Path) -> None:
    (tmp_path / "barewire").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m barewire "$@"\n')
    (tmp_path / "barewire").chmod(0o755)
    script = manual.ROOT / manual.COMPLETIONS["bash"]
    asked = (
        'source "$0"; COMP_WORDS=(barewire net); COMP_CWORD=1; _barewire_completion barewire; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", asked, script],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("networks\n", "")
