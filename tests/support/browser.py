"""Pages in Debian's Chromium, driven by Playwright without a browser of its own.

Opening a page costs seconds of CPU time, so tests share one: `Pages` keeps it, and gives it to each test as it was at first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
LEGIBLE = 4.5
"""WCAG 2.2, 1.4.3: the contrast of text with what is behind it."""

PAPER_PX = 1032
"""The width of A4 on its side without its margins, at 96 px an inch."""

BEYOND = """(width) => [...document.querySelectorAll("main *")].filter((e) => !e.closest("svg") && !e.closest(".more"))
    .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > width + 1)
    .map((e) => `${e.tagName} ${e.id || e.className} ${e.textContent.trim().slice(0, 40)}`)"""
"""What reaches beyond the right edge."""

BOUND_MS = 240_000
"""A busy machine takes more than Playwright's half a minute for what it usually does in a second."""

INITIAL = "window.initial = [...document.querySelectorAll('details')].map((d) => d.open)"
RESTORE = """() => {
    document.querySelectorAll("details").forEach((d, i) => { d.open = window.initial[i]; });
    for (const input of document.querySelectorAll("input")) {
        const back = input.type === "radio" ? input.defaultChecked && !input.checked : input.checked !== input.defaultChecked;
        if (["radio", "checkbox"].includes(input.type) && back) input.click();
    }
    for (const select of document.querySelectorAll("select")) {
        const first = Math.max(0, [...select.options].findIndex((o) => o.defaultSelected));
        if (select.selectedIndex !== first) {
            select.selectedIndex = first;
            for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, { bubbles: true }));
        }
    }
    document.activeElement?.blur();
    history.replaceState(null, "", location.pathname);
    scrollTo(0, 0);
}"""
"""Folds, choices, focus, address and place of a page as they were when it was opened."""


@dataclass
class Opened:
    """A page with everything that it complained about or asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for a file of tests."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, timeout=BOUND_MS)
        yield started
        started.close()


def opened(browser: Any, file: Path, width: int, theme: str) -> Opened:
    """A page of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", accept_downloads=True,
        permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip
    context.set_default_timeout(BOUND_MS)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.complaints.append(f"{message.type}: {message.text}"))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.goto(file.as_uri())
    # What the script shows is unpacked after the page is there. A page of flame graphs keeps nothing.
    found.page.wait_for_function("!document.getElementById('stored') || document.documentElement.dataset.whole === ''")
    return found


class Pages:
    """Pages of a file, one for each width, which keep what they look like between tests."""

    def __init__(self, browser: Any, file: Path) -> None:
        self._browser, self._file = browser, file
        self._open: dict[int, Opened] = {}
        self._at_first: dict[int, tuple[int, int]] = {}

    def page(self, width: int, theme: str) -> Opened:
        """As it was opened, in the theme, with what it complained of and asked for then.

        The first one that asks for a width opens the page in its own theme.
        """
        if width not in self._open:
            found = self._open[width] = opened(self._browser, self._file, width, theme)
            found.page.evaluate(INITIAL)
            self._at_first[width] = len(found.complaints), len(found.requests)
        found = self._open[width]
        complaints, requests = self._at_first[width]
        del found.complaints[complaints:], found.requests[requests:]
        found.page.emulate_media(color_scheme=theme)
        found.page.mouse.move(0, 0)
        found.page.evaluate(RESTORE)
        return found

    def close(self) -> None:
        for found in self._open.values():
            found.page.context.close()


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(c) / 255 for c in re.findall(r"[0-9]+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
