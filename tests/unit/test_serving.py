"""What `barewire serve` refuses before it listens."""

from __future__ import annotations

import pytest

from barewire.cli import serving
from barewire.endpoints.peer import listener
from barewire.errors import PrerequisiteError, UsageError


@pytest.mark.parametrize(("text", "remedy"), [
    ("30000-30500", "Write 30000-30999"),
    ("64600-65535", "Begin lower"),
    ("5-2", "Write two numbers"),
    ("30000", "Write two numbers"),
])  # fmt: skip
def test_ports_that_no_study_could_use_are_refused(text: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        serving.parse_ports(text)
    assert remedy in caught.value.remedy


def test_a_host_that_is_none_has_a_reason_in_words() -> None:
    with pytest.raises(PrerequisiteError) as caught:
        listener.bind("no host", 19999)
    assert "error -" not in str(caught.value) and "attempting" not in str(caught.value)
    assert caught.value.said
