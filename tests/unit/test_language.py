"""The checks of `tools/language.py` find what they are for, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import barewire
from tools import language

LONG = "A sentence of the documentation that goes on for a while and then a little more, up to its end."


def test_class_names_of_two_modules_are_found_but_private_ones() -> None:
    modules = {"a.py": "class Row: ...\nclass _Own: ...", "b.py": "class Row: ...\nclass _Own: ...\nclass Cell: ..."}
    assert language.class_names(modules) == {"Row": ["a.py", "b.py"]}


def test_words_are_found_as_whole_words_with_their_line() -> None:
    assert language.words("intellect\nIt tells, and\nis_told()") == [(2, "tells"), (3, "told")]


def test_a_test_name_is_found_from_61_letters_on() -> None:
    names = [f"test_{'x' * (length - 5)}" for length in (60, 61)]
    text = "".join(f"\ndef {name}() -> None: ...\n" for name in names)
    assert language.long_test_names(text) == [(4, names[1])]


@pytest.mark.parametrize(
    "line",
    [
        LONG,
        f"- {LONG[:-1]}, and all of it is one sentence.",
        f"| {LONG} | {LONG} |",
        f"```\n{LONG} {LONG}\n```",
        f"    {LONG} {LONG}",
        f"<!-- table: counted -->\n{LONG} {LONG}\n<!-- end -->",
    ],
)
def test_a_line_that_may_be_long_is_not_found(line: str) -> None:
    assert language.long_lines(line) == []


@pytest.mark.parametrize("line", [f"{LONG} Then another.", f"- {LONG} `code` begins the next."])
def test_a_long_line_of_two_sentences_is_found(line: str) -> None:
    assert language.long_lines(f"# Title\n\n{line}") == [3]


FIELD = [
    "overhead", "baseline", "confidence interval", "reproducible", "workload", "open loop", "coordinated omission",
    "round trip", "throughput", "fallback", "timeout", "retry", "regression",
]  # fmt: skip


@pytest.mark.parametrize("word", FIELD)
def test_a_word_of_the_field_is_found_by_search(word: str) -> None:
    pages = [language.ROOT / "README.md", *(language.ROOT / "docs").glob("*.md")]
    assert any(word in page.read_text(encoding="utf-8").lower() for page in pages)


def test_a_share_is_never_shown_without_a_space() -> None:
    """As typed, `50%` is a load or a limit; as shown, a share is `50 %`."""
    source = Path(barewire.__file__).parent
    formatted = re.compile(r"\{[^{}]*:[.0-9]*%\}")
    found = [path.name for path in source.rglob("*.py") if formatted.search(path.read_text())]
    assert found == []
