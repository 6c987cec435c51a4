"""The page of `barewire explain` in a browser: legible in both themes, within its width, whole on paper, its graph at work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from barewire.render.explanation import page
from tests.support.browser import BEYOND, LEGIBLE, PAPER_PX, Opened, browser, contrast, opened
from tests.unit import test_explain

__all__ = ["browser"]  # a fixture

LIMIT_BYTES = 1_500_000
CONTRASTS = """() => [...document.querySelectorAll("h1, p, th, td, td span, label, select, button, #key span, #graph div")]
    .filter((e) => e.checkVisibility() && e.textContent.trim())
    .map((e) => {
        let behind = e;
        while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
        const canvas = document.createElement("canvas").getContext("2d");
        const rgb = (colour) => {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            return `rgb(${[...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
        };
        return [rgb(getComputedStyle(e).color), rgb(getComputedStyle(behind ?? document.body).backgroundColor), e.textContent];
    })"""
"""As on the page of a run; mixed colours come in a notation of their own and are drawn to be known."""

pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "explain.html"
    path.write_text(page.render(test_explain.answer()), encoding="utf-8")
    return path


def test_it_is_small_and_makes_no_request(seen: Opened, file: Path) -> None:
    assert file.stat().st_size < LIMIT_BYTES
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith("data:")] == [file.as_uri()]


def test_it_is_within_its_width_and_legible_in_every_colouring(seen: Opened) -> None:
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for colouring in ("difference", "stages"):
        seen.page.locator("#colour").select_option(colouring)
        found = seen.page.evaluate(CONTRASTS)
        assert len(found) > 30
        assert [(text, one, other) for one, other, text in found if contrast(one, other) < LEGIBLE] == []


def test_the_dark_theme_is_dark(seen: Opened) -> None:
    dark = seen.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    back, ink = seen.page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (contrast(back, "rgb(0, 0, 0)") < contrast(ink, "rgb(0, 0, 0)")) == dark


def test_boxes_are_as_wide_as_their_instructions_and_enlarge(seen: Opened) -> None:
    boxes = seen.page.locator("#graph div")
    width = seen.page.locator("#graph").bounding_box()["width"]
    everything = boxes.count()
    assert everything > 4 and boxes.first.inner_text() == "all"
    named = seen.page.locator("#graph div", has_text="ip_output").first
    assert named.bounding_box()["width"] < 0.9 * width
    named.click()
    assert seen.page.locator("#graph div", has_text="ip_output").first.bounding_box()["width"] == pytest.approx(
        width, abs=2
    )
    assert "ip_output: " in seen.page.locator("#detail").inner_text()
    assert "against host" in seen.page.locator("#detail").inner_text()
    seen.page.locator("#all").click()
    assert boxes.count() == everything


def test_the_graph_is_walked_by_the_keyboard(seen: Opened) -> None:
    seen.page.locator("#all").click()
    seen.page.locator("#graph").focus()
    seen.page.keyboard.press("ArrowDown")
    current = seen.page.locator("#graph div.current")
    assert current.count() == 1
    name = seen.page.locator("#detail").inner_text().partition(":")[0]
    assert name != "all"
    seen.page.keyboard.press("Enter")
    width = seen.page.locator("#graph").bounding_box()["width"]
    assert current.bounding_box()["width"] == pytest.approx(width, abs=2)
    seen.page.keyboard.press("Escape")
    assert seen.page.locator("#detail").inner_text().startswith("all:")


def test_it_is_whole_on_paper(browser: Any, file: Path) -> None:
    found = opened(browser, file, PAPER_PX, "dark")
    found.page.emulate_media(media="print")
    assert found.page.evaluate(BEYOND.replace("main *", "body *"), PAPER_PX) == []
    assert found.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    found.page.context.close()
