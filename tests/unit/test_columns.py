"""Names in tables are typed and copied, so no width cuts or breaks them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from barewire.cli import columns, networks
from barewire.networks import catalogue


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


@pytest.mark.parametrize("width", ["40", "60", "80"])
def test_networks_shows_every_name_whole(
    width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    networks.show_presets()
    lines = capsys.readouterr().out.splitlines()
    for spec in catalogue.presets():
        (line,) = [line for line in lines if line.split(" ")[0] == spec.name]
        assert line.split()[:3] == [spec.name, str(spec.attach), str(spec.transport)]
