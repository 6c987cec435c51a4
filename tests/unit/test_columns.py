"""Names in tables are typed and copied, so no width cuts or breaks them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import barewire
from barewire.cli import columns, networks
from barewire.networks import catalogue
from barewire.render.terminal import new_console


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_no_width_cuts_a_name_and_only_descriptions_are_wrapped(width: int) -> None:
    text = io.StringIO()
    rows = [
        ("flannel/a-long-one", "bridge:mode=l3s", "what it is, in several words that do not fit"),
        ("x", "", "short"),
    ]
    columns.show(Console(file=text, width=width), ("network", "attach", "what"), rows)
    shown = text.getvalue()
    assert "flannel/a-long-one" in shown and "bridge:mode=l3s" in shown
    assert " ".join(shown.split()).count("several words that") or width == 30
    assert "".join(rows[0][2].split()) in "".join(shown.split())


@pytest.mark.parametrize("width", ["40", "60", "80", "250"])
def test_networks_fit_the_terminal_with_every_name_whole(
    width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    networks.show_presets()
    lines = capsys.readouterr().out.splitlines()
    # A name that is itself wider is whole all the same, alone in its line.
    assert [line for line in lines if len(line) > int(width) and " " in line.strip()] == []
    assert int(width) < 60 or max(map(len, lines)) <= int(width)
    for spec in catalogue.presets():
        (first,) = (number for number, line in enumerate(lines) if line.split(" ")[0] == spec.name)
        words = " ".join(lines[first:]).split()
        assert words[:4] == [spec.name, str(spec.attach), str(spec.transport), str(spec.policy)]


def test_a_name_between_colons_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    new_console(highlight=False).print("calico/bgp:bird: 12 s", markup=False)
    assert capsys.readouterr().out == "calico/bgp:bird: 12 s\n"
    source = Path(barewire.__file__).parent
    calls = [path.name for path in source.rglob("*.py") if re.search(r"\bConsole\(", path.read_text())]
    assert calls == ["terminal.py"]
