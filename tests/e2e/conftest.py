"""What several modules read: one real study, as short as it can be, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from barewire import report
from tests.e2e.command import TINY, Done, barewire


@dataclass(frozen=True)
class Study:
    path: Path
    done: Done
    formats: tuple[str, ...]
    """Those that it was asked to write besides its page."""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The host and ptp in one block. A busy machine may spoil every trial: then its code is 3, and who needs trials says so."""
    path = tmp_path_factory.mktemp("small") / "run"
    formats = tuple(name for name in report.names() if name not in ("text", "all", "html", "json"))
    done = barewire(
        "study", *TINY, "--networks", "host,ptp", "--out", str(path), "--export", ",".join(formats), seconds=300
    )
    assert done.code in (0, 3), done.err
    return Study(path, done, formats)
