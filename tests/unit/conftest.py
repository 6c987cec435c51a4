"""What unit tests leave running for one another ends with the last of them, before the session looks for leftovers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import generator


@pytest.fixture(scope="session", autouse=True)
def the_probe_ends(nothing_is_left_behind: None) -> Iterator[None]:
    """Ended without error, so that a leak that its sanitizer finds at the end is reported too."""
    yield
    generator.end_probe()
