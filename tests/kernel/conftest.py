"""Labs of these tests are begun without imports; commands of barewire begin theirs as ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.forked_holders import forked_holders


@pytest.fixture(scope="session", autouse=True)
def holders_are_forked() -> Iterator[None]:
    with forked_holders():
        yield
