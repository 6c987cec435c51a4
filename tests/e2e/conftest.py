"""What several modules take: one real study, as short as it can be, in every format; and pages in a browser."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from barewire import render
from tests.support.browser import Opened, Pages
from tests.support.command import TINY, Done, study_inside, with_run
from tests.support.forked_holders import forked_holders
from tests.support.generator import PROGRAMS


@dataclass(frozen=True)
class Study:
    path: Path
    done: Done
    formats: tuple[str, ...]
    """Those that it was asked to write beside its page."""


@pytest.fixture(scope="session", autouse=True)
def holders_are_forked() -> Iterator[None]:
    """Of studies within this process; a command that is a process starts its own."""
    with forked_holders():
        yield


@pytest.fixture(scope="session")
def small() -> Study:
    """The host and ptp in one block, once for all workers, who may only read it."""
    path = Path(os.environ[PROGRAMS]) / "small"
    said = path.with_suffix(".json")
    formats = tuple(name for name in render.names() if name not in ("text", "all", "html", "json"))
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            options = ("--networks", "host,ptp", "--out", str(path), "--export", ",".join(formats))
            said.write_text(json.dumps(asdict(study_inside(*TINY, *options))))
    return Study(path, with_run(Done(**json.loads(said.read_text())), path), formats)


@pytest.fixture(scope="module")
def pages(browser: Any, file: Path) -> Iterator[Pages]:
    found = Pages(browser, file)
    yield found
    found.close()


@pytest.fixture(
    scope="module",
    params=[(1280, "light"), (1280, "dark"), (400, "dark"), (400, "light")],
    ids=lambda p: f"{p[0]}-{p[1]}",
)
def seen(request: pytest.FixtureRequest, pages: Pages) -> Opened:
    """For tests that only look at the `file` of their module: a page for each width, opened in one theme and switched to the
    other."""
    return pages.page(*request.param)
