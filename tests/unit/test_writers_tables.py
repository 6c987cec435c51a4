"""CSV and Markdown say what the run says: read back by csv and by a Markdown parser, with units, and with what is missing."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from barewire import render
from barewire.render import verdicts
from barewire.render.run.data import load
from barewire.render.run.formats.markdown import escaped, table
from barewire.render.run.tables import csv_text
from barewire.results import words
from tests.support import foreign, synthetic

RATIOS = {"flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "host+direct": 1.0}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_run(tmp_path_factory.mktemp("tables") / "run", RATIOS, blocks=3, requests=2500)


def read_csv(run: Path, name: str) -> list[dict[str, str]]:
    text = render.render(run, name)
    assert isinstance(text, str)
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_has_every_cell_to_the_last_digit(run: Path) -> None:
    rows = [row for row in read_csv(run, "csv") if row["measured"] == "true"]
    cells = json.loads((run / "summary.json").read_text())["cells"]
    assert len(rows) == len(cells)
    written = {(c["network"], c["load"], c["metric"], c["quantile"]): c for c in cells}
    for row in rows:
        cell = written[row["network"], row["load"], row["metric"], float(row["quantile"]) if row["quantile"] else None]
        for key in ("value", "baseline_value", "ratio", "ratio_low", "ratio_high"):
            assert (float(row[key]) if row[key] else None) == cell[key]
        assert row["unit"] == cell["unit"]


def test_a_network_without_numbers_has_a_row_with_its_reason(run: Path) -> None:
    (row,) = [row for row in read_csv(run, "csv") if row["network"] == synthetic.UNAVAILABLE]
    assert row["reason"] == "the kernel has no link kind ipvlan"
    assert (row["measured"], row["value"], row["ratio"]) == ("false", "", "")


def test_csv_of_trials_has_every_load_of_rejected_trials_too(run: Path) -> None:
    rows = [row for row in read_csv(run, "csv-trials") if row["trial"]]
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    assert len(rows) == sum(max(1, len(trial["loads"])) for trial in trials)
    assert {row["valid"] for row in rows} == {"true", "false"}
    assert any(row["rejected"].startswith("steal time: ") for row in rows)
    first = next(t for t in trials if t["valid"])
    for one in first["loads"]:
        (row,) = [r for r in rows if r["trial"] == str(first["trial"]) and r["load"] == one["load"]]
        assert float(row["machine.cpu_seconds.all.idle"]) == one["machine"]["cpu"]["all"]["idle"]
        if one["workload"] == "http":
            assert float(row["latency_ns.0.99"]) == one["latency_ns"]["0.99"]
            assert float(row["trial.seconds"]) == first["seconds"]


def test_a_key_that_a_later_version_adds_to_a_load_is_a_column(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    trials = [json.loads(line) for line in (copy / "trials.ndjson").read_text().splitlines()]
    trials[0]["loads"][0] |= {"packets_per_s": 1.5, "wire_ns": {"0.5": 7}}
    (copy / "trials.ndjson").write_text("".join(json.dumps(trial) + "\n" for trial in trials))
    first = read_csv(copy, "csv-trials")[0]
    assert (first["packets_per_s"], first["wire_ns.0.5"]) == ("1.5", "7")


@settings(max_examples=50)
@given(foreign.odd_names)
def test_any_text_comes_back_from_csv(text: str) -> None:
    rows = csv.DictReader(io.StringIO(csv_text(["a", "b"], [{"a": text, "b": None}]), newline=""), strict=True)
    assert list(rows) == [{"a": text, "b": ""}]


def test_what_is_no_number_is_empty_in_csv() -> None:
    assert csv_text(["a"], [{"a": float("nan")}, {"a": float("inf")}, {"a": True}]) == 'a\r\n""\r\n""\r\ntrue\r\n'


def cells_of(markdown: str) -> list[list[str]]:
    """The rows of the first table as a reader shows them."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            break
        elif token.type == "inline" and rows:
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def test_markdown_has_the_table_of_the_terminal(run: Path) -> None:
    text = render.render(run, "markdown")
    assert isinstance(text, str)
    header, host, *networks = cells_of(text)
    assert header[:4] == ["network", "latency p50", "latency p99", "latency p99.9"]
    assert {"TCP throughput, 1 stream", "closed-loop request rate", "connections per second"} < set(header)
    # Also what was measured with other sizes alone, and the medians of loads that have no rate.
    assert {"latency p50, tcp-rr", "latency p50, udp-rr", "packets received per second"} < set(header)
    assert host[:2] == ["host", words.value(load(run).cell("host", "50%", "latency", 100, 0.5).value, "ns")]  # type: ignore[union-attr]
    assert [row[0] for row in networks] == ["host+direct", "flannel/host-gw", "flannel/vxlan"]
    cell = load(run).cell("flannel/vxlan", "50%", "latency", 100, 0.5)
    assert cell is not None
    assert networks[2][1] == f"{verdicts.overhead_with_interval(cell)} {words.difference(cell.difference, 'ns')}"
    assert networks[0][1].endswith("\N{NO-BREAK SPACE}ns no difference found")
    assert all(len(row) == len(header) for row in networks)


def test_markdown_names_what_was_not_measured_and_the_command(run: Path) -> None:
    text = render.render(run, "markdown")
    assert isinstance(text, str)
    assert "- ipvlan/l2: the kernel has no link kind ipvlan. Load the module" in text
    assert "barewire study --seed 1" in text
    assert not text.startswith("#")


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(foreign.odd_names)
def test_no_name_breaks_out_of_a_cell_or_becomes_html(text: str) -> None:
    made: list[Any] = cells_of(table(["network", "x"], [[escaped(text), "1"], ["b", "2"]]))
    assert [len(row) for row in made] == [2, 2, 2]
    kinds = {
        child.type
        for token in MarkdownIt("commonmark").enable("table").parse(escaped(text))
        for child in token.children or []
    }
    assert kinds <= {"text", "text_special", "softbreak"}
