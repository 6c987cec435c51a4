"""Names in tables are typed and copied, so no width cuts or breaks them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

import barewire
from barewire.cli import columns, doctor, networks, progress
from barewire.lab.doctor import Check
from barewire.networks import catalogue
from barewire.render.terminal import new_console
from barewire.study.design.plan_file import load_plan


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


@pytest.mark.parametrize("width", [40, 80])
def test_checks_break_no_word_on_a_narrow_terminal(width: int) -> None:
    text = io.StringIO()
    server = "https://[fd00:77::fe]:6443"
    checks = [
        Check("cluster", "good", server),
        Check("flannel/wireguard-native", "poor", "it has no links", "Load wireguard"),
    ]
    doctor.show_checks(Console(file=text, width=width), checks)
    shown = text.getvalue()
    assert server in shown, "rich would take what is in brackets for a style"
    assert (
        "flannel/wireguard-native" in shown and " ".join(shown.split()).count("it has no links. Load wireguard.") == 1
    )
    assert max(map(len, shown.splitlines())) <= width


def test_a_plan_without_a_cluster_has_no_keys_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    plan = load_plan(None, {"peer": "[fd00::2]:19999", "token_file": "t", "endpoints": "host=fd00::2"})
    progress.show_plan(plan, [], 60.0, as_json=False)
    shown = capsys.readouterr().out
    assert "[fd00::2]:19999" in shown and "testbed" in shown
    assert "pause" not in shown and "cni_config" not in shown
    cluster = load_plan(None, {"testbed": "kubernetes", "context": "mine"})
    progress.show_plan(cluster, [], 60.0, as_json=False)
    shown = capsys.readouterr().out
    assert "pause" in shown and "cni_config" in shown and "mine" in shown


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
