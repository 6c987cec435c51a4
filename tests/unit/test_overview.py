"""A study over conditions as a whole: one page that says what terminal and Markdown say, also of a study that was cut short."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from barewire import render
from barewire.errors import UsageError
from barewire.render import study as overview
from barewire.render.html import frame
from tests.support import synthetic
from tests.unit.test_compare_grid import KERNELS, study
from tests.unit.test_report_html import HOSTILE, Page, drawings

JOIN = "\u00a0"
THREE = {**KERNELS, "6.18": {"flannel/vxlan": 1.45, "ptp": 1.2}}


class Tables(HTMLParser):
    """The cells of every table as a reader sees them: numbers and what stands below, without what only pointing at them shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[list[str]]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append([])
            self._open = []
        if tag in ("td", "th") or (self._open and tag in ("small", "span")):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "small", "span") and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1].append(data.strip())


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study(tmp_path_factory.mktemp("overview") / "study", KERNELS)


@pytest.fixture(scope="module")
def text(kernels: Path) -> str:
    return overview.render(overview.load(kernels), "html")


def markdown_rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of the body of each table."""
    row: list[str] = []
    for token in MarkdownIt().enable("table").parse(text):
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append("".join(child.content for child in token.children or ()))
        elif token.type == "tr_close" and row:
            yield row
            row = []  # what follows a table is none of its cells


def flat(parts: list[list[str]]) -> str:
    """Cells without what marks an interval, a verdict or a percentage, so that page, Markdown and terminal compare."""
    return " ".join(re.sub(r"[\[\]*%\u00a0]", "", " ".join(cell)) for cell in parts)


def test_the_page_has_the_numbers_and_rows_of_the_markdown(kernels: Path, text: str) -> None:
    shown = {flat(row) for row in Tables(text).rows}
    rows = [row for row in markdown_rows(overview.render(overview.load(kernels), "markdown")) if "%" in "".join(row)]
    side_by_side = [row for row in rows if len(row) == 4 and row[1] != "6.1"]
    against = [row for row in rows if len(row) == 8 and row[0] not in ("host", "network")]
    assert len(side_by_side) > 3 and len(against) > 5
    for row in side_by_side:
        assert flat([[cell] for cell in row]) in shown
    for network, *cells, verdict, noise, value in against:
        expected = flat([[cell] for cell in (*cells, verdict, noise, value)])
        assert any(line in (expected, f"{network} {expected}") for line in shown), expected


def test_the_page_has_every_number_of_the_terminal(kernels: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    said = " ".join(" ".join(Page(text).said).split())
    terminal = overview.render(overview.load(kernels), "text").replace(str(kernels), "")
    numbers = re.findall(rf"[+\u2212×]?[0-9.]+{JOIN}?%?", terminal)
    assert len(numbers) > 60
    assert [number for number in numbers if number.replace(JOIN, " ") not in said.replace(JOIN, " ")] == []


def test_it_loads_nothing_and_allows_exactly_its_script(text: str) -> None:
    found = Page(text)
    assert not [(tag, at) for tag, at in found.elements if {"src", "srcset", "action", "data", "poster"} & set(at)]
    policy = next(at["content"] or "" for _, at in found.elements if at.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy and policy.count("'sha256-") == 1
    assert len([at for at, _ in found.scripts if at.get("type") != "text/plain"]) == 1


def test_ids_are_unique_and_the_contents_lead_somewhere(text: str) -> None:
    elements = Page(text).elements
    ids = [at["id"] for _, at in elements if at.get("id")]
    assert len(ids) == len(set(ids))
    leads = [(at["href"] or "")[1:] for tag, at in elements if tag == "a" and (at["href"] or "").startswith("#")]
    assert len(leads) > 5 and set(leads) <= set(ids)


def test_a_figure_has_a_mark_for_each_network_and_condition(text: str) -> None:
    found = frame.stored(text)["csv"]
    assert set(found) == set(drawings(text))
    rows = list(csv.DictReader(io.StringIO(found["loss-0"])))
    assert [(row["network"], row["condition"]) for row in rows] == [
        (name, condition) for condition in ("6.1", "6.12") for name in ("ptp", "flannel/vxlan")
    ]
    assert all(0 < float(row["ratio"]) - float(row["ratio_low"]) < 0.2 for row in rows)
    marks = [element for element in drawings(text)["loss-0"][0].iter() if "data-more" in element.attrib]
    assert len(marks) == 4


def test_it_links_the_reports_and_states_how_to_repeat_the_study(kernels: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(kernels, tmp_path / "study"))
    render.write(render.render(path / "6.1", "html"), path / "6.1" / "report.html")
    found = Page(overview.render(overview.load(path), "html"))
    leads = [at["href"] for tag, at in found.elements if tag == "a" and not (at["href"] or "").startswith("#")]
    assert leads == ["6.1/report.html"]
    assert "barewire study --seed 1" in found.words


def test_of_three_conditions_each_later_one_is_against_the_first(tmp_path: Path) -> None:
    found = Page(overview.render(overview.load(study(tmp_path / "study", THREE, blocks=3)), "html"))
    for title in ("6.12 against 6.1", "6.18 against 6.1", "6.18 / 6.1"):
        assert title in found.words


def test_of_a_study_that_was_cut_short_there_is_what_is_known(kernels: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(kernels, tmp_path / "study"))
    shutil.rmtree(path / "6.12")
    found = Page(overview.render(overview.load(path), "html"))
    assert "This study is partial: 6.12 has not begun." in found.words
    assert "The conditions are not compared: fewer than two conditions have a valid trial yet." in found.words
    assert "the host's maximum rate" in found.words, "the answer of the condition that ran"
    assert drawings(overview.render(overview.load(path), "html")) == {}
    with pytest.raises(UsageError, match=r"cannot be compared.*--resume"):
        overview.render(overview.load(path), "text")


def test_of_three_conditions_two_are_compared_before_the_third(tmp_path: Path) -> None:
    path = study(tmp_path / "study", THREE, blocks=3)
    shutil.rmtree(path / "6.18")
    found = Page(overview.render(overview.load(path), "html"))
    assert "6.18 has not begun" in found.words
    assert "6.12 against 6.1" in found.words


def test_hostile_names_are_text(tmp_path: Path) -> None:
    path = study(tmp_path / "study", {"a": {HOSTILE: 1.5}, "b": {HOSTILE: 1.4}}, blocks=3)
    rendered = overview.render(overview.load(path), "html")
    assert HOSTILE not in rendered
    assert len(Page(rendered).scripts) == 2


def test_json_is_what_the_study_writes(kernels: Path) -> None:
    found = json.loads(overview.render(overview.load(kernels), "json"))
    assert found["schema"] == "barewire/study-summary/1"
    assert list(found["conditions"]) == ["6.1", "6.12"]
    assert found["comparison"]["schema"] == "barewire/compare/2"


def test_a_format_of_runs_alone_is_refused_with_those_of_a_study(kernels: Path) -> None:
    with pytest.raises(UsageError, match=r"csv is a format of a run.*html.*6\.1"):
        overview.check(kernels, "csv")


def test_a_run_is_no_study(tmp_path: Path) -> None:
    run = synthetic.write_run(tmp_path / "run", {"ptp": 1.2}, 2, requests=300)
    assert not overview.is_at(run)
    with pytest.raises(UsageError, match="not a study over conditions"):
        overview.load(run)
