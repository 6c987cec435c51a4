"""The site has every page, and its links between pages of the root and of docs/ lead to pages of the site."""

from __future__ import annotations

import re

import pytest

from tools import site

DOCS = site.ROOT / "docs"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("[plan](docs/plan.md#rates)", "[plan](plan.md#rates)"),
        ("![picture](docs/stages.svg)", "![picture](stages.svg)"),
        ("[why](ARCHITECTURE.md)", "[why](architecture.md)"),
        ("[errors](src/barewire/errors.py)", "errors"),
        (
            "[paper](https://example.org/docs/x.md), [above](#top)",
            "[paper](https://example.org/docs/x.md), [above](#top)",
        ),
    ],
)
def test_links_of_a_page_of_the_root(text: str, written: str) -> None:
    assert site.rewrite(text, site.ROOT, "") == written


def test_links_of_a_page_of_docs() -> None:
    assert site.rewrite("[start](../README.md), [plan](plan.md)", DOCS, "") == "[start](overview.md), [plan](plan.md)"
    assert site.rewrite("[code](../src/x.py)", DOCS, "https://example.org/r") == (
        "[code](https://example.org/r/blob/main/src/x.py)"
    )


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r": ([\w-]+\.md)$", (site.ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(named) == sorted([*(path.name for path in DOCS.glob("*.md")), *site.PAGES.values()])
