"""The table of parts on a terminal: names of parts stay whole, columns go on in a table below."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from barewire.render.run import parts, parts_terminal
from barewire.render.run.data import ReportData, load
from tests.support import synthetic

NAMES = ("bridge → ipvlan:l3s", "routes → vxlan")
TITLES = tuple(f"load-{number} per connection" for number in range(8))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    networks = {"flannel/host-gw": 1.4, "flannel/vxlan": 1.8, "ptp": 1.3}
    return load(synthetic.write_run(tmp_path_factory.mktemp("parts") / "run", networks, blocks=6, requests=2000))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_names_stay_whole_and_every_column_is_shown_once(
    data: ReportData, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    found = parts.table(data)
    assert found is not None
    cost = found.rows[0].costs[0]
    rows = tuple(parts.PartRow("attach", name, "routes", "", (cost,) * len(TITLES)) for name in NAMES)
    monkeypatch.setattr(parts, "table", lambda data: parts.PartTable(TITLES, rows, 2))
    console = Console(file=io.StringIO(), width=width, color_system=None)
    parts_terminal.show(data, console)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all(text.count(title.split()[0]) == 1 for title in TITLES)
    tables = sum(line.split()[:1] == ["part"] for line in text.splitlines())
    assert all(text.count(name) == tables for name in NAMES)


def test_a_run_without_pairs_shows_no_table(tmp_path: Path) -> None:
    run = load(synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, blocks=2, requests=300))
    console = Console(file=io.StringIO(), width=80, color_system=None)
    assert parts.table(run) is None, "host and ptp differ in attach and transport"
    parts_terminal.show(run, console)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""
