"""How networks grow with the number of nodes, in the reports of a study: formulas and curves in HTML and Markdown alone."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from barewire import render
from barewire.model.network import Topology
from barewire.networks import catalogue, setup
from barewire.records.fields import plain
from barewire.render.run import growth
from barewire.render.run.data import load
from barewire.render.run.page.page import page
from tests.support import synthetic

NAMES = ("host", "flannel/vxlan", "ptp+bgp:reflectors=2", "flannel/aws-vpc")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = synthetic.write_run(
        tmp_path_factory.mktemp("growth") / "run", dict.fromkeys(NAMES[1:], 1.2), blocks=2, requests=500
    )
    file = path / "run.json"
    record = json.loads(file.read_text())
    for network in record["networks"]:
        found = setup.setup(catalogue.network(catalogue.parse(network["name"])), Topology.uniform(2, 1))
        network["setup"] = plain(found)
    file.write_text(json.dumps(record))
    return path


def test_rows_have_formulas_and_leave_out_what_stays(run: Path) -> None:
    rows = {row.network: row for row in growth.rows(load(run))}
    assert set(rows) == set(NAMES[1:])
    vxlan = rows["flannel/vxlan"]
    assert (vxlan.informed, vxlan.writes, vxlan.router) == ("N", "3N", "–")
    assert "N - 1 FDB entries" in vxlan.node and "N - 1 neighbours" in vxlan.node
    assert "2 sessions" in rows["ptp+bgp:reflectors=2"].node
    assert "N - 1 sessions on the first nodes" in rows["ptp+bgp:reflectors=2"].node
    assert rows["flannel/aws-vpc"].router.startswith("N routes") and rows["flannel/aws-vpc"].informed == "1"


def test_html_and_markdown_have_them_and_a_terminal_not(run: Path) -> None:
    html, markdown, text = (str(render.render(run, name)) for name in ("html", "markdown", "text"))
    words = unescape(re.sub(r"<[^>]+>", " ", html))
    for said in (growth.TITLE, "N - 1 FDB entries", "3N"):
        assert said in words and said in markdown
        assert said not in text
    assert "<details>" in markdown and "| informed of a join |" in markdown


def test_who_is_informed_and_what_is_written_is_drawn(run: Path) -> None:
    figures = {figure.title: figure for figure in page(load(run)).growth}
    drawn = figures["writes for a join"]
    assert ("flannel/vxlan", 200, 600, "3N") in [tuple(row) for row in drawn.rows]
    assert "nodes and routers informed of a join" in figures
