"""The page in a real browser: drawn, quiet, within its width and legible, narrow and wide, light and dark.

Debian's Chromium, driven by Playwright without a browser of its own. Skipped with the reason where either is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from barewire import overview, report
from tests.unit import synthetic, synthetic_counted, test_compare_grid, test_report_stages

sync_api = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
RATIOS = {"flannel/vxlan": 1.6, "flannel/host-gw": 1.3, "macvlan": 1.1, "host+direct": 1.0}
LEGIBLE = 4.5
"""WCAG 2.2, 1.4.3: the contrast of text with what is behind it."""

# Every cell with text, with the first background behind it that is not transparent. Colours come as rgb() or rgba().
CONTRASTS = """() => [...document.querySelectorAll("td, td small, th, th small, caption span, main p, figcaption, summary")]
    .filter((e) => e.checkVisibility() && e.textContent.trim())
    .map((e) => {
        let behind = e;
        while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
        return [getComputedStyle(e).color, getComputedStyle(behind ?? document.body).backgroundColor, e.textContent.trim()];
    })"""
STEP_PX = 600
BOUND_MS = 240_000
"""A busy machine takes more than Playwright's half a minute for what it usually does in a second."""

pytestmark = pytest.mark.browser


@dataclass
class Opened:
    """A page with everything that it complained about or asked for, and its height before any figure was drawn."""

    page: Any
    height: int = 0
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def draw_all(self) -> None:
        """Scroll through the page, as a reader does, and wait until the figures are drawn."""
        height = self.page.evaluate("document.documentElement.scrollHeight")
        for y in range(0, height, STEP_PX):
            self.page.evaluate("(y) => scrollTo({ top: y, behavior: 'instant' })", y)
            self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.page.wait_for_function("document.querySelectorAll('.plot:not(.drawn)').length === 0")
        self.page.wait_for_function(
            "[...document.querySelectorAll('.plot')].every((p) => p.querySelector('.main-svg'))"
        )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browser")
    run = synthetic.write_run(path / "run", RATIOS, blocks=3, requests=2500, loads=("30%", "50%"))
    rendered = report.render(run, "html")
    assert isinstance(rendered, str)
    (path / "report.html").write_text(rendered, encoding="utf-8")
    return path / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, timeout=BOUND_MS)
        yield started
        started.close()


def opened(browser: Any, file: Path, width: int, theme: str) -> Opened:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    context.set_default_timeout(BOUND_MS)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.complaints.append(f"{message.type}: {message.text}"))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.goto(file.as_uri())
    found.height = found.page.evaluate("document.documentElement.scrollHeight")
    return found


@pytest.fixture(
    scope="module",
    params=[(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")],
    ids=lambda p: f"{p[0]}-{p[1]}",
)
def seen(request: pytest.FixtureRequest, browser: Any, file: Path) -> Iterator[Opened]:
    """One page for all tests that only look."""
    found = opened(browser, file, *request.param)
    yield found
    found.page.context.close()


@pytest.fixture
def wide(browser: Any, file: Path) -> Iterator[Opened]:
    found = opened(browser, file, 1280, "light")
    yield found
    found.page.context.close()


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(c) / 255 for c in re.findall(r"[0-9]+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_figure_is_drawn_without_a_complaint_or_a_request(seen: Opened, file: Path) -> None:
    seen.draw_all()
    plots = seen.page.locator(".plot")
    assert plots.count() > 8
    for index in range(plots.count()):
        paths = plots.nth(index).locator(".scatterlayer path, .barlayer path").count()
        assert paths > 0, plots.nth(index).get_attribute("id")
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [file.as_uri()]


def test_the_page_never_scrolls_sideways_and_figures_move_nothing(seen: Opened) -> None:
    seen.draw_all()
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen.page.evaluate("document.documentElement.scrollHeight") == seen.height
    overflowing = (
        "[...document.querySelectorAll('.plot')].filter((p) => p.scrollWidth > p.clientWidth + 1).map((p) => p.id)"
    )
    assert seen.page.evaluate(overflowing) == []


def test_all_text_is_legible(seen: Opened) -> None:
    closed = "[...document.querySelectorAll('details:not([open])')]"
    seen.page.evaluate(f"window.opened = {closed}; for (const d of window.opened) d.open = true")
    found = seen.page.evaluate(CONTRASTS)
    seen.page.evaluate("for (const d of window.opened) d.open = false")
    assert len(found) > 200
    assert [(text, one, other) for one, other, text in found if contrast(one, other) < LEGIBLE] == []


def test_figures_follow_the_theme(wide: Opened) -> None:
    def colour() -> str:
        text = wide.page.locator("#percentiles-0 .xtick text").first
        return str(text.evaluate("(e) => getComputedStyle(e).fill"))

    wide.draw_all()
    light = colour()
    wide.page.emulate_media(color_scheme="dark")
    wide.page.wait_for_function(
        "(was) => getComputedStyle(document.querySelector('#percentiles-0 .xtick text')).fill !== was", arg=light
    )
    assert luminance(colour()) > luminance(light)


def test_the_worst_network_can_be_left_out_and_brought_back(wide: Opened) -> None:
    wide.draw_all()
    lines = wide.page.locator("#percentiles-0 .scatterlayer .trace")
    everything = lines.count()
    button = wide.page.locator("button[data-worst]").first
    assert "flannel/vxlan" in button.inner_text()
    button.click()
    wide.page.wait_for_function(
        "(n) => document.querySelectorAll('#percentiles-0 .scatterlayer .trace').length < n", arg=everything
    )
    assert button.get_attribute("aria-pressed") == "true"
    boxes = wide.page.locator("input[data-network='flannel/vxlan']")
    assert boxes.count() > 1
    assert not any(boxes.nth(i).is_checked() for i in range(boxes.count()))
    button.click()
    wide.page.wait_for_function(
        "(n) => document.querySelectorAll('#percentiles-0 .scatterlayer .trace').length === n", arg=everything
    )
    assert wide.complaints == []


def test_a_network_can_be_left_out_by_the_keyboard(wide: Opened) -> None:
    wide.draw_all()
    lines = wide.page.locator("#percentiles-0 .scatterlayer .trace")
    everything = lines.count()
    wide.page.locator("#percentiles input[data-network='macvlan']").focus()
    wide.page.keyboard.press("Space")
    wide.page.wait_for_function(
        "(n) => document.querySelectorAll('#percentiles-0 .scatterlayer .trace').length < n", arg=everything
    )


def test_a_cell_tells_value_baseline_interval_and_samples(seen: Opened) -> None:
    cell = seen.page.locator("#losses table.losses").first.locator("tbody tr").last.locator("td").first
    cell.scroll_into_view_if_needed()
    cell.hover()
    said = seen.page.locator("#tip").inner_text()
    for words in ("on the host", "95\u00a0% interval", "3\u00a0blocks", "samples", "slower than the host"):
        assert words.replace("\u00a0", " ") in said.replace("\u00a0", " "), said
    box, width = seen.page.locator("#tip").bounding_box(), seen.page.viewport_size["width"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_arrow_keys_walk_a_table_and_escape_hides_what_is_told(wide: Opened) -> None:
    table = wide.page.locator("#losses table.losses").first
    assert table.locator("td[tabindex='0']").count() == 1
    table.locator("td[tabindex='0']").focus()
    wide.page.keyboard.press("ArrowDown")
    wide.page.keyboard.press("ArrowRight")
    place = "[document.activeElement.closest('tr').rowIndex, document.activeElement.cellIndex]"
    assert wide.page.evaluate(place) == [2, 2]
    assert wide.page.locator("#tip").is_visible()
    wide.page.keyboard.press("Escape")
    assert wide.page.locator("#tip").is_hidden()


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


def test_on_paper_everything_is_open_and_drawn(browser: Any, file: Path) -> None:
    found = opened(browser, file, 1280, "light")
    assert found.page.pdf(format="A4").startswith(b"%PDF")
    assert found.page.locator(".plot:not(.drawn)").count() == 0
    assert found.page.locator("details:not([open])").count() == 0
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


@pytest.mark.parametrize(("width", "theme"), [(400, "light"), (1280, "dark")])
def test_a_counted_page_is_drawn_within_its_width_and_legible(
    tmp_path: Path, browser: Any, width: int, theme: str
) -> None:
    run = synthetic_counted.write_run(tmp_path / "run", blocks=2)
    (run / "explain").mkdir()
    (run / "explain" / "explain.json").write_text(json.dumps(test_report_stages.document()))
    report.write(report.render(run, "html"), tmp_path / "report.html")
    found = opened(browser, tmp_path / "report.html", width, theme)
    found.draw_all()
    assert found.page.locator("#stages .barlayer path").count() > 2
    assert found.page.locator("#instructions-0 .barlayer path").count() > 2
    assert found.complaints == []
    assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    marked = """[...document.querySelectorAll(".clock")]
        .map((e) => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor])"""
    pairs = [*found.page.evaluate(marked), *((one, other) for one, other, _ in found.page.evaluate(CONTRASTS))]
    assert [pair for pair in pairs if contrast(*pair) < LEGIBLE] == []
    found.page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(400, "light"), (1280, "dark")])
def test_the_page_of_a_study_over_conditions_is_drawn_within_its_width_and_legible(
    tmp_path: Path, browser: Any, width: int, theme: str
) -> None:
    path = test_compare_grid.study(tmp_path / "study", test_compare_grid.KERNELS, blocks=3)
    report.write(report.render(path / "6.1", "html"), path / "6.1" / "report.html")
    report.write(overview.render(overview.load(path), "html"), path / "report.html")
    found = opened(browser, path / "report.html", width, theme)
    found.draw_all()
    assert found.page.locator("#loss-0 .scatterlayer .trace").count() == 2
    assert found.page.locator("#change-0 .scatterlayer .trace").count() == 1
    assert found.complaints == []
    assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found.page.evaluate("document.documentElement.scrollHeight") == found.height
    assert [text for one, other, text in found.page.evaluate(CONTRASTS) if contrast(one, other) < LEGIBLE] == []
    found.page.locator("#conditions a").click()
    found.page.wait_for_url("**/6.1/report.html")
    found.page.context.close()
