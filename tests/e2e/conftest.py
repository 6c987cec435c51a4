"""What several modules read: one real study, as short as it can be, in every format."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from barewire import render
from tests.support.command import TINY, Done, barewire, with_run
from tests.support.generator import PROGRAMS


@dataclass(frozen=True)
class Study:
    path: Path
    done: Done
    formats: tuple[str, ...]
    """Those that it was asked to write besides its page."""


@pytest.fixture(scope="session")
def small() -> Study:
    """The host and ptp in one block, once for all workers, who may only read it. A busy machine may spoil every trial: then its
    code is 3, and who needs trials says so."""
    path = Path(os.environ[PROGRAMS]) / "small"
    said = path.with_suffix(".json")
    formats = tuple(name for name in render.names() if name not in ("text", "all", "html", "json"))
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            options = ("--networks", "host,ptp", "--out", str(path), "--export", ",".join(formats))
            said.write_text(json.dumps(asdict(barewire("study", *TINY, *options, seconds=300))))
    return Study(path, with_run(Done(**json.loads(said.read_text())), path), formats)
