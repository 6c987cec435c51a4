"""The terminal's table: whole at every width, in words without colour, with units, and with what is missing."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from barewire import render
from barewire.networks import catalogue
from barewire.render.run import terminal_tables
from tests.support import synthetic

RATIOS = {"flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "host+direct": 1.0}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("text") / "run", RATIOS, blocks=3, requests=2500)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "stopped"
    return synthetic.write_run(path, RATIOS, blocks=3, requests=2500, trials=1, rejected=False)


def shown(run: Path, width: int, *, full: bool = False, colour: bool = False) -> str:
    console = Console(
        file=io.StringIO(), width=width, color_system="standard" if colour else None, force_terminal=colour
    )
    render.show(run, console, full=full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def words_of(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_no_cell_is_cut(run: Path, width: int, full: bool) -> None:
    *body, _path, _end = shown(run, width, full=full).split("\n")
    assert max(cell_len(line) for line in body) <= width
    # An interval has its ellipsis between digits; one at the end of a word would be rich's, for what did not fit.
    assert not [line for line in body for word in line.split() if word.endswith("…")]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_network_is_a_row_best_to_worst(run: Path, width: int) -> None:
    text = shown(run, width)
    text = text[text.index("\nnetwork ") :]
    places = [text.index(f"\n{name} ") for name in ("host", "host+direct", "flannel/host-gw", "flannel/vxlan")]
    assert places == sorted(places)


def test_the_answer_comes_first_and_the_path_last(run: Path) -> None:
    lines = shown(run, 100).strip().split("\n")
    assert lines[0].startswith("At 50\u00a0% of the host's maximum rate")
    assert lines[-1].startswith("Report: ")


def test_the_report_path_is_one_line_on_the_narrowest_terminal(run: Path) -> None:
    (run / "report.html").write_text("")
    try:
        assert shown(run, 40).strip().split("\n")[-1] == f"Report: {run / 'report.html'}"
    finally:
        (run / "report.html").unlink()


def test_verdicts_are_words_without_any_colour(run: Path) -> None:
    text = shown(run, 200)
    assert "\x1b" not in text
    assert "no difference found" in text
    assert "unsupported" in shown(run, 200, full=True)


def test_a_shorter_verdict_is_explained(run: Path) -> None:
    text = words_of(shown(run, 60))
    assert "≈ host: equivalent" in text


def test_a_terminal_with_colours_gets_them(run: Path) -> None:
    assert "\x1b[" in shown(run, 100, colour=True)


def test_no_color_is_respected(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    coloured = {f"\x1b[{code}m" for code in (*range(30, 38), *range(90, 98))}
    assert not [code for code in coloured if code in shown(run, 100, colour=True)]


def test_what_was_not_measured_is_listed_with_reason_and_remedy(run: Path) -> None:
    text = words_of(shown(run, 80))
    assert "ipvlan/l2: the kernel has no link kind ipvlan. Load the module (modprobe ipvlan)" in text


def test_a_run_that_has_all_networks_beside_it_leads_to_its_page(run: Path) -> None:
    page = run / "counted" / "report.html"
    assert str(page) not in shown(run, 80)
    page.parent.mkdir()
    page.touch()
    try:
        assert f"\nAll networks in a VM whose kernel has them, in instructions: {page}\n" in shown(run, 40)
        assert '<a href="counted/report.html">All networks in a VM' in str(render.render(run, "html"))
    finally:
        page.unlink()
        page.parent.rmdir()


def test_the_full_report_has_every_percentile_and_metric(run: Path) -> None:
    text = shown(run, 120, full=True)
    for title in ("p95", "p99.5", "p99.999", "max", "TCP", "connections", "CPU/request", "built in", "objects/node"):
        assert title in text
    for unit in ("µs", "k/s", "Gbit/s", "ms"):
        assert unit in text


def test_a_stream_is_shown_with_offloads_and_without(run: Path) -> None:
    first, page = shown(run, 200), str(render.render(run, "html"))
    assert "no offloads" in first
    assert "TCP, 1 stream, no offloads" in page and "TCP, 1 stream<" in page


def test_rejected_trials_are_counted(run: Path) -> None:
    assert "2 trials broke a rule" in words_of(shown(run, 100))


def test_a_run_stopped_after_one_trial_says_so_and_how_to_go_on(stopped: Path) -> None:
    text = words_of(shown(stopped, 80, full=True))
    assert text.startswith("This run is partial: 0 blocks of 3 can be compared, from 1 valid trial.")
    assert f"--resume {stopped}" in text.replace(" /", " /")
    assert "No value yet:" in text and "no trial of it has ended yet" in text


@pytest.mark.parametrize(("broken", "said"), [
    ({"rejected": [{"rule": "CPU quota", "detail": "many", "excess": 2.0}]}, "CPU quota)"),
    ({"rejected": [{"rule": "it was cut", "detail": "no port."}], "loads": []}, "it was cut; the last one: no port)"),
])  # fmt: skip
def test_a_network_of_rejected_trials_alone_says_so(
    run: Path, tmp_path: Path, broken: dict[str, Any], said: str
) -> None:
    run = Path(shutil.copytree(run, tmp_path / "run"))
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    for trial in trials:
        if trial["network"] == "flannel/vxlan":
            trial |= {"valid": False, **broken}
    (run / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in trials))
    (run / "summary.json").unlink()
    text = words_of(shown(run, 100))
    assert re.search(rf"No value yet: flannel/vxlan: all \d+ of its trials were rejected \({re.escape(said)}", text)


def test_a_run_of_the_host_alone_says_that(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "run", {}, blocks=2, requests=2500, unavailable=None, rejected=False)
    assert "only the host has been measured" in words_of(shown(run, 80))


def test_rendering_into_a_pipe_takes_the_environments_width(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    text = render.render(run, "text")
    assert isinstance(text, str)
    assert max(cell_len(line) for line in text.split("\n")[:-2]) <= 70


def test_a_very_long_name_is_folded_and_not_lost(tmp_path: Path) -> None:
    name = "ptp+" + "a-very-long-transport-name-that-nobody-would-type:option=42"
    run = synthetic.write_run(tmp_path / "run", {name: 1.4}, blocks=2, requests=2500, unavailable=None, rejected=False)
    *body, _path, _end = shown(run, 80).split("\n")
    assert max(cell_len(line) for line in body) <= 80
    assert name in "".join(line.split(" ")[0] for line in body)


def test_the_name_of_every_preset_stands_on_one_line() -> None:
    assert max(len(spec.name) for spec in catalogue.presets()) <= terminal_tables._LONGEST_NAME
