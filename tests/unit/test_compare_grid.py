"""Kernels, tunings, or any runs side by side: one table of overheads, and what the last of them changed against the first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from barewire.render.comparison.formats.markdown import markdown
from barewire.render.comparison.formats.text import plain
from barewire.render.comparison.grid import Grid, grids
from barewire.render.comparison.notes import doubts
from barewire.results.comparison.answer import compared
from tests.support import synthetic

KERNELS = {"6.1": {"flannel/vxlan": 1.8, "ptp": 1.2}, "6.12": {"flannel/vxlan": 1.5, "ptp": 1.2}}


def study(path: Path, kernels: Mapping[str, Mapping[str, float]], *, blocks: int = 6) -> Path:
    """A study over conditions, its blocks interleaved, its machines alike but for the kernel."""
    for name, ratios in kernels.items():
        run = synthetic.write_run(
            path / name, ratios, blocks, requests=600, unavailable=None, rejected=False, effect=0.004
        )
        change(run, {"condition": {"name": name, "of": list(kernels), "study": "s", "factor": "kernel"}}, name)
    entries = [{"name": name, "run": name} for name in kernels]
    (path / "study.json").write_text(
        json.dumps({"schema": "barewire/study/2", "factor": "kernel", "conditions": entries})
    )
    return path


def change(run: Path, more: dict[str, Any], kernel: str) -> None:
    record = json.loads((run / "run.json").read_text())
    record["environment"]["kernel"] = f"Linux {kernel}.7-amd64 #1 SMP"
    (run / "run.json").write_text(json.dumps(record | more))


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study(tmp_path_factory.mktemp("grid") / "study", KERNELS)


def grid_of(paths: Sequence[Path], unlike: str = "") -> Grid:
    return grids(compared(paths, unlike))[0]


def test_each_network_has_its_overhead_by_kernel_and_the_effect(kernels: Path) -> None:
    grid = grid_of([kernels])
    assert grid.names == ("6.1", "6.12")
    assert grid.last == "6.12 / 6.1"
    assert [row.network for row in grid.rows] == ["host", "ptp", "flannel/vxlan"]
    vxlan = grid.rows[2]
    assert [round(figure.overhead.ratio, 1) for figure in vxlan.figures if figure.overhead] == [1.8, 1.5]
    assert vxlan.verdict == "better"
    assert vxlan.change and vxlan.change.low and vxlan.change.high
    assert vxlan.change.low <= 1.5 / 1.8 <= vxlan.change.high
    assert grid.rows[1].verdict in ("equivalent", "no-difference-found")


def test_blocks_of_kernels_that_ran_in_turn_are_unpaired(kernels: Path) -> None:
    (pairing,) = compared([kernels]).pairings
    assert not pairing.comparison.paired
    assert not any("took turns" in note for note in doubts(pairing))


def test_the_table_comes_first_and_the_pairing_after_it(kernels: Path) -> None:
    text = plain(compared([kernels]))
    assert text.index("6.12 / 6.1") < text.index(" → ")
    head = next(line for line in text.splitlines() if "6.12 / 6.1" in line)
    assert head.split() == ["p50", "at", "50", "%", "100", "B", "6.1", "6.12", "6.12", "/", "6.1"]


def test_it_fits_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"6.{minor}": {"flannel/vxlan": 1.5 + minor / 100} for minor in (1, 6, 12, 15, 18)}
    answer = compared([study(tmp_path / "study", many, blocks=3)])
    for width in (40, 60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        text = plain(answer)
        table = text[: text.index(" → ")].splitlines()[:-1]
        assert max(map(len, table)) <= width
        assert all(name in text for name in many)


def test_a_network_of_one_kernel_is_shown_with_what_is_known(tmp_path: Path) -> None:
    both = {"6.1": {"ptp": 1.2}, "6.12": {"ptp": 1.2, "macvlan": 1.1}}
    grid = grid_of([study(tmp_path / "study", both)])
    row = next(row for row in grid.rows if row.network == "macvlan")
    assert row.figures[0].overhead is None and row.figures[1].overhead is not None
    assert grid.cell(row, row.figures[0])[0] == "–" and grid.changed(row) == ("–", "")


def test_three_runs_of_three_kernels_are_called_by_their_kernels(tmp_path: Path) -> None:
    paths = []
    for minor in (1, 6, 12):
        run = synthetic.write_run(
            tmp_path / f"run-{minor}", {"ptp": 1.2}, 3, requests=600, unavailable=None, rejected=False
        )
        change(run, {}, f"6.{minor}")
        paths.append(run)
    assert grid_of(paths, "kernel").names == ("6.1.7-amd64", "6.6.7-amd64", "6.12.7-amd64")


def test_two_plain_runs_need_no_such_table(tmp_path: Path) -> None:
    paths = [
        synthetic.write_run(tmp_path / name, {"ptp": 1.2}, 3, requests=600, unavailable=None, rejected=False)
        for name in ("before", "after")
    ]
    assert grids(compared(paths)) == ()


def test_in_markdown_it_is_a_table_that_a_reader_parses(kernels: Path) -> None:
    tokens = MarkdownIt().enable("table").parse(markdown(compared([kernels])))
    heads = [token.content for token in tokens if token.type == "inline"][:4]
    assert heads[1:] == ["6.1", "6.12", "6.12 / 6.1"]


def test_with_all_every_comparison_has_its_table(kernels: Path) -> None:
    answer = compared([kernels])
    some, every = (len(grids(answer, full=full)) for full in (False, True))
    assert some == 2
    assert every > 10
