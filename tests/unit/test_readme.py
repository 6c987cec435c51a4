"""README's tables and pictures are what the reports write of the runs that they were made from: `scripts/bench readme`."""

from __future__ import annotations

import re

import pytest

from barewire.render.run import overhead
from barewire.results import words
from benchmarks import readme

REMEDY = "type: scripts/bench readme"


NAMES = [name for name in readme.NAMES if (readme.COPIES / name).is_dir()]
"""A run by the wall clock may be missing: it needs a quiet machine."""


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("page", readme.PAGES)
def test_the_tables_of_a_page_are_those_of_the_markdown_report(page: str) -> None:
    text = (readme.ROOT / page).read_text(encoding="utf-8")
    assert "<!-- table: " in text
    assert readme.filled(text, readme.blocks()) == text, REMEDY


def test_the_pictures_are_those_of_the_same_runs(name: str) -> None:
    found = readme.pictures(readme.load(readme.COPIES / name), name)
    assert ("stages.svg" in found) == (name == "counted")
    for file, text in found.items():
        assert (readme.ROOT / "docs" / file).read_text(encoding="utf-8") == text, REMEDY
        assert f"docs/{file}" in (readme.ROOT / "README.md").read_text(encoding="utf-8")


def test_a_table_has_the_judged_interval_of_each_network(name: str) -> None:
    data = readme.load(readme.COPIES / name)
    table = readme.table(data)
    for network in overhead.ranked(data):
        cell = overhead.answer_cell(data, network.name)
        assert cell is not None and cell.joint_low is not None
        row = next(line for line in table.splitlines() if line.startswith(f"| {network.name} |"))
        assert re.search(r"\[.+…", row), row
        assert words.interval(cell.joint_low, cell.joint_high) in row
    assert "Repeat it with `barewire study" in table


def test_a_block_is_filled_and_emptied_and_nothing_else_changes() -> None:
    page = "before\n<!-- table: wall -->\nold\n<!-- end -->\nafter <!-- end -->"
    once = readme.filled(page, {"wall": "new"})
    assert once == page.replace("old", "new") and readme.filled(once, {"wall": "new"}) == once
    empty = readme.filled(once, {"wall": ""})
    assert empty == "before\n<!-- table: wall -->\n<!-- end -->\nafter <!-- end -->"
    assert readme.filled(empty, {"wall": "new"}) == once


def test_readme_leads_with_the_counted_table_and_the_stages() -> None:
    text = (readme.ROOT / "README.md").read_text(encoding="utf-8")
    order = [text.index(one) for one in ("docs/stages.svg", "<!-- table: counted -->", "<!-- table: wall -->")]
    assert order == sorted(order)


def test_no_copy_has_a_path_of_a_machine() -> None:
    for file in readme.COPIES.rglob("*.json"):
        assert not re.search(r'"[^"]*(?:^|[" =])/(?:root|home|tmp|var|usr)/', file.read_text(encoding="utf-8")), file
