"""The page in a real browser: quiet, within its width and legible, narrow and wide, light, dark and on paper.

Skipped with the reason where Chromium or Playwright is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from barewire import render
from barewire.render import study as overview
from tests.support import synthetic, synthetic_counted
from tests.support.browser import BEYOND, LEGIBLE, PAPER_PX, Opened, Pages, browser, contrast, luminance, opened
from tests.unit import test_compare_grid, test_report_stages

__all__ = ["browser"]  # a fixture

RATIOS = {
    "flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "macvlan": 1.1, "host+direct": 1.0, "docker": 1.5, "ptp": 1.2,
    "flannel/aws-vpc": 1.55, "ipvlan/l3": 1.05, "ipvlan/l3s": 1.06,
}  # fmt: skip
# Every cell with text, with the first background behind it that is not transparent. Colours come as rgb() or rgba().
CONTRASTS = """() => [
        ...document.querySelectorAll("td, td small, th, th small, caption span, main p, figcaption, summary, .plot text")]
    .filter((e) => e.checkVisibility() && e.textContent.trim())
    .map((e) => {
        let behind = e;
        while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
        const own = getComputedStyle(e);
        return [e.closest("svg") ? own.fill : own.color, getComputedStyle(behind ?? document.body).backgroundColor,
            e.textContent.trim()];
    })"""
SHOWN = """() => [...document.querySelectorAll(".plot")].map((p) => [...p.querySelectorAll("svg")]
    .filter((s) => s.checkVisibility() && s.getBoundingClientRect().width > 100).length)"""
"""How many drawings of each figure are seen."""

CLIPPED = """() => [...document.querySelectorAll(".plot svg")].filter((s) => s.checkVisibility()).flatMap((s) => {
    const box = s.getBoundingClientRect();
    return [...s.querySelectorAll("text")].filter((t) => t.checkVisibility()).filter((t) => {
        const own = t.getBoundingClientRect();
        return own.right > box.right + 1 || own.left < box.left - 1 || own.bottom > box.bottom + 1;
    }).map((t) => `${s.closest(".plot").id}: ${t.textContent}`);
})"""
"""Words of a drawing that reach beyond it."""

pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browser")
    run = synthetic.write_run(path / "run", RATIOS, blocks=3, requests=1500, loads=("30%", "50%"))
    rendered = render.render(run, "html")
    assert isinstance(rendered, str)
    (path / "report.html").write_text(rendered, encoding="utf-8")
    return path / "report.html"


@pytest.fixture
def wide(pages: Pages) -> Iterator[Opened]:
    """For tests that change the page."""
    yield pages.page(1280, "light")
    pages.page(1280, "light")  # puts back what the test has changed


def test_every_figure_is_shown_once_without_errors_or_requests(seen: Opened, file: Path) -> None:
    folded = seen.page.locator("#study-2016 summary")
    folded.click()
    found = seen.page.evaluate(SHOWN)
    folded.click()
    assert len(found) > 8 and set(found) == {1}
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [file.as_uri()]


def test_no_page_scrolls_sideways_and_no_word_is_cut(seen: Opened) -> None:
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen.page.evaluate(CLIPPED) == []


def test_the_first_figure_is_above_the_fold(seen: Opened) -> None:
    box = seen.page.locator("#overhead svg:visible").bounding_box()
    if seen.page.viewport_size["width"] > 1000:
        assert box["y"] + box["height"] < 900
    else:
        assert box["y"] < 500


def test_no_column_is_cut_off_on_a_desk(wide: Opened) -> None:
    cut = "[...document.querySelectorAll('.scroll')].filter((s) => s.scrollWidth > s.clientWidth + 1).map((s) => s.innerText)"
    assert [text.split("\n")[0] for text in wide.page.evaluate(cut)] == []


def test_all_text_is_legible(seen: Opened) -> None:
    closed = "[...document.querySelectorAll('details:not([open])')]"
    seen.page.evaluate(f"window.opened = {closed}; for (const d of window.opened) d.open = true")
    found = seen.page.evaluate(CONTRASTS)
    seen.page.evaluate("for (const d of window.opened) d.open = false")
    assert len(found) > 200
    assert [(text, one, other) for one, other, text in found if contrast(one, other) < LEGIBLE] == []


def test_figures_follow_the_theme(wide: Opened) -> None:
    def colour() -> str:
        text = wide.page.locator("#percentiles-0 svg:visible text").first
        return str(text.evaluate("(e) => getComputedStyle(e).fill"))

    light = colour()
    wide.page.emulate_media(color_scheme="dark")
    assert luminance(colour()) > luminance(light)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_network_can_be_left_out_and_brought_back(wide: Opened, by: str) -> None:
    line = wide.page.locator("#percentiles-0 .broad g[data-network='macvlan']")
    boxes = wide.page.locator("input[data-network='macvlan']")
    assert boxes.count() > 1 and line.is_visible()
    for shown in (False, True):
        if by == "mouse":
            boxes.first.click()
        else:
            boxes.first.focus()
            wide.page.keyboard.press("Space")
        assert line.is_visible() == shown
        assert [boxes.nth(i).is_checked() for i in range(boxes.count())] == [shown] * boxes.count()
    assert wide.complaints == []


def test_a_mark_shows_its_value_and_interval(seen: Opened) -> None:
    mark = seen.page.locator("#overhead svg:visible g[data-more]").last
    mark.scroll_into_view_if_needed()
    mark.hover(force=True)
    said = seen.page.locator("#tip").inner_text().replace("\u00a0", " ")
    assert "flannel/vxlan" in said and "95 % interval" in said and "on the host" in said


@pytest.mark.parametrize("kind", ["SVG", "PNG", "CSV"])
def test_a_figure_is_saved(wide: Opened, tmp_path: Path, kind: str) -> None:
    with wide.page.expect_download() as waiting:
        wide.page.locator("#overhead + .tools button", has_text=kind).click()
    assert waiting.value.suggested_filename == f"barewire-overhead.{kind.lower()}"
    waiting.value.save_as(tmp_path / "saved")
    content = (tmp_path / "saved").read_bytes()
    if kind == "PNG":
        assert content.startswith(b"\x89PNG") and len(content) > 10_000
        return
    text = content.decode()
    assert "flannel/vxlan" in text and "var(" not in text
    if kind == "SVG":
        assert ElementTree.fromstring(text).tag.endswith("svg")
    else:
        assert text.startswith("network,value,unit,ratio")
    assert wide.complaints == []


def test_a_table_is_copied_as_markdown(wide: Opened) -> None:
    for table, first in (("#glance", "At 50"), ("#loss-1", "| network | p50 |")):
        button = wide.page.locator(f".scroll:has({table}) + .tools button")
        button.click()
        wide.page.wait_for_function("(b) => b.textContent === 'Copied'", arg=button.element_handle())
        copied = wide.page.evaluate("navigator.clipboard.readText()").replace("\u00a0", " ")
        assert copied.startswith(first), copied[:80]
        rows = [line for line in copied.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in rows}) == 1 and len(rows) == 2 + 10
        assert "flannel/vxlan" in rows[-1] and "%" in rows[-1]


def test_a_link_into_what_is_folded_opens_it(wide: Opened) -> None:
    folded = wide.page.locator("#study-2016 details.folded")
    assert folded.get_attribute("open") is None
    wide.page.locator("nav a[href='#study-2016']").click()
    wide.page.wait_for_function("document.querySelector('#study-2016 details.folded').open")


def test_a_cell_shows_value_baseline_interval_and_samples(seen: Opened) -> None:
    cell = seen.page.locator("#losses table.losses").first.locator("tbody tr").last.locator("td").first
    cell.scroll_into_view_if_needed()
    cell.hover()
    said = seen.page.locator("#tip").inner_text()
    for words in ("on the host", "95\u00a0% interval", "3\u00a0blocks", "samples", "slower than the host"):
        assert words.replace("\u00a0", " ") in said.replace("\u00a0", " "), said
    box, width = seen.page.locator("#tip").bounding_box(), seen.page.viewport_size["width"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_arrow_keys_walk_a_table_and_escape_hides_the_details(wide: Opened) -> None:
    table = wide.page.locator("#losses table.losses").first
    assert table.locator("td[tabindex='0']").count() == 1
    table.locator("td[tabindex='0']").focus()
    wide.page.keyboard.press("ArrowDown")
    wide.page.keyboard.press("ArrowRight")
    place = "[document.activeElement.closest('tr').rowIndex, document.activeElement.cellIndex]"
    assert wide.page.evaluate(place) == [2, 2]
    wide.page.locator("#tip").wait_for(state="visible")
    wide.page.evaluate("new Promise((done) => { addEventListener('scroll', done, { once: true }); scrollBy(0, 40); })")
    assert wide.page.locator("#tip").is_visible()  # it moves with the focused cell
    tip, cell = wide.page.locator("#tip").bounding_box(), wide.page.locator("td:focus").bounding_box()
    assert min(abs(tip["y"] + tip["height"] - cell["y"]), abs(cell["y"] + cell["height"] - tip["y"])) < 20
    wide.page.keyboard.press("Escape")
    wide.page.locator("#tip").wait_for(state="hidden")


def test_cells_show_losses_or_latencies(wide: Opened) -> None:
    cell = wide.page.locator("#losses table.losses").first.locator("tbody tr").last.locator("td").first
    assert "%" in cell.locator(".as-loss").inner_text()
    wide.page.locator("#show-values").check()
    assert cell.locator(".as-loss").is_hidden()
    assert "µs" in cell.locator(".as-value").inner_text()


def test_no_number_is_torn_from_its_unit(seen: Opened) -> None:
    """A cell's text stays on the lines that it was given: each of its two parts is one line high."""
    torn = """() => [...document.querySelectorAll("table.losses td")].filter((td) => td.checkVisibility())
        .flatMap((td) => [...td.querySelectorAll("small")].filter((s) => s.checkVisibility() && s.getClientRects().length
            && s.getBoundingClientRect().height > 1.8 * parseFloat(getComputedStyle(s).fontSize)))
        .map((s) => s.textContent)"""
    assert seen.page.evaluate(torn) == []


def test_on_paper_everything_is_open_whole_and_light(browser: Any, file: Path) -> None:
    found = opened(browser, file, PAPER_PX, "dark")
    assert found.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert found.page.locator("details:not([open])").count() == 0
    for theme in ("dark", "light"):
        found.page.emulate_media(media="print", color_scheme=theme)
        assert found.page.evaluate(BEYOND, PAPER_PX) == []
        assert set(found.page.evaluate(SHOWN)) == {1}
        assert found.page.evaluate(CLIPPED) == []
        back, ink = found.page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        assert luminance(back) > luminance(ink)
    assert found.complaints == []
    found.page.context.close()


def test_hostile_names_run_nothing(browser: Any, file: Path, tmp_path: Path) -> None:
    text = file.read_text(encoding="utf-8")
    attacked = tmp_path / "attacked.html"
    # Even a script that got past the escaping is stopped by the policy.
    attacked.write_text(text.replace("<main>", "<main><script>document.title = 'run'</script>", 1), encoding="utf-8")
    found = opened(browser, attacked, 1280, "light")
    assert found.page.title() != "run"
    assert any("Content Security Policy" in complaint for complaint in found.complaints)
    found.page.context.close()


def narrow_and_wide(browser: Any, file: Path) -> Iterator[Opened]:
    """A page that is opened on a phone, and then on a desk in the dark."""
    found = opened(browser, file, 400, "light")
    yield found
    found.page.set_viewport_size({"width": 1280, "height": 900})
    found.page.emulate_media(color_scheme="dark")
    yield found


def test_a_counted_page_is_drawn_within_its_width_and_legible(tmp_path: Path, browser: Any) -> None:
    run = synthetic_counted.write_run(tmp_path / "run", blocks=2)
    (run / "explain").mkdir()
    (run / "explain" / "explain.json").write_text(json.dumps(test_report_stages.document()))
    render.write(render.render(run, "html"), tmp_path / "report.html")
    marked = """[...document.querySelectorAll(".clock")]
        .map((e) => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor])"""
    for found in narrow_and_wide(browser, tmp_path / "report.html"):
        assert set(found.page.evaluate(SHOWN)) == {1}
        assert found.page.evaluate(CLIPPED) == []
        assert found.complaints == []
        assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        pairs = [*found.page.evaluate(marked), *((one, other) for one, other, _ in found.page.evaluate(CONTRASTS))]
        assert [pair for pair in pairs if contrast(*pair) < LEGIBLE] == []
    found.page.context.close()


def test_the_page_over_conditions_fits_its_width_and_is_legible(tmp_path: Path, browser: Any) -> None:
    path = test_compare_grid.study(tmp_path / "study", test_compare_grid.KERNELS, blocks=3)
    render.write(render.render(path / "6.1", "html"), path / "6.1" / "report.html")
    render.write(overview.render(overview.load(path), "html"), path / "report.html")
    for found in narrow_and_wide(browser, path / "report.html"):
        assert set(found.page.evaluate(SHOWN)) == {1}
        assert found.page.evaluate(CLIPPED) == []
        assert found.complaints == []
        assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [text for one, other, text in found.page.evaluate(CONTRASTS) if contrast(one, other) < LEGIBLE] == []
    found.page.locator("#conditions a").click()
    found.page.wait_for_url("**/6.1/report.html")
    found.page.context.close()
