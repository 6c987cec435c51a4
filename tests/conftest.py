"""What the tiers share: which tests make namespaces, what happens where those are forbidden, and no clock in judging.

Every test of `tests/kernel` and `tests/crash` makes labs; one elsewhere that does is marked `kernel`. Whether this machine
lets us is asked once, by opening a lab as a study does, and a refusal skips them all with its own words. Tests marked
`browser` are skipped where there is no Chromium. When the last test is over, nothing of the session may be left: its processes
are known by a mark in their environment, links and namespaces only by being new, so what others make meanwhile counts too.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from barewire.errors import BarewireError, PrerequisiteError
from barewire.testbeds.local import LocalTestbed
from tests.support import zygote
from tests.support.generator import PROGRAMS
from tests.support.leftovers import MARK, Census, gone
from tests.support.vm import SHARE_A_COUNTING_VM, SHARE_A_VM

# Shells start what runs in the background (a CI's runner, a nohup) deaf to Ctrl-C, and deafness is inherited by the programs
# that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

HERE = Path(__file__).parent
LONGEST_FIRST = ("kubernetes", "vm", "e2e", "crash", "kernel", "unit")
LONG = {
    "test_compare.py", "test_compare_runs.py", "test_load_command.py", "test_load_gaps.py", "test_load_generator.py",
    "test_load_packets.py", "test_load_program.py", "test_load_sized.py", "test_networks.py", "test_readers.py",
    "test_report_html.py", "test_scripts.py", "test_statistics_coverage.py", "test_study_restarts.py", "test_writers_every.py",
}  # fmt: skip
"""Of tests/unit: files of six seconds and more of CPU time, or of twenty that mostly wait, which come before the others. A file
is one worker's, so what begins last must be short: else it runs while the other workers have nothing left to do."""

MAKE_NAMESPACES = {"kernel", "crash"}
MAY_BE_ALONE = {"vm", "kubernetes"}
"""Where scripts/test looks for tests that are alone: to collect the other ones takes seconds."""

IN_ONE_VM = {
    ("vm", name): f"a VM for {files[0]} and more" for files in (SHARE_A_VM, SHARE_A_COUNTING_VM) for name in files
}

# A busy machine makes an example slow, not wrong.
settings.register_profile("barewire", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("barewire")


def pytest_configure(config: pytest.Config) -> None:
    # scripts/test gives its own, for both of its parts.
    if PROGRAMS not in os.environ:
        folder = os.environ[PROGRAMS] = tempfile.mkdtemp(prefix="barewire-test-programs-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


class OneProcessAFile(LoadFileScheduling):
    """A file's tests run in one process, and those of all files that share a VM."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(str(super()._split_scope(nodeid)))
        return IN_ONE_VM.get((file.parent.name, file.name), str(file))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return OneProcessAFile(config, log)


@cache
def why_no_lab() -> str:
    """Why no lab can be made on this machine; empty when one can."""
    try:
        with LocalTestbed().open():
            return ""
    except PrerequisiteError as error:
        return str(error)
    except BarewireError:
        return ""  # a fault of ours: the tests shall meet it


def why_no_browser() -> str:
    """Why no page can be looked at on this machine; empty when one can."""
    if Path("/usr/bin/chromium").exists():
        return ""
    release = Path("/etc/os-release")
    if release.exists() and "ID=ubuntu" in release.read_text().splitlines():
        return "Ubuntu has Chromium as a snap alone, which these tests cannot drive; they run on Debian"
    return "there is no Chromium; type: sudo apt-get install -y --no-install-recommends chromium"


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """What the tests started is over, and the machine's own network is as it was."""
    mark = f"session-{os.getpid()}"
    os.environ[MARK] = mark
    before = Census.take()
    yield
    zygote.end()
    assert gone(mark) == [], "processes that the tests started are still running"
    after = Census.take()
    assert after.links - before.links == frozenset(), "new links (did another program make them?)"
    assert after.namespaces - before.namespaces == frozenset(), "new namespaces (did another program make them?)"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks are there before `-m` chooses by them."""
    tier = item.path.relative_to(HERE).parts[0]
    if tier in MAKE_NAMESPACES:
        item.add_marker("kernel")
    if tier in ("vm", "kubernetes"):
        item.add_marker(tier)
    if tier not in MAY_BE_ALONE and item.get_closest_marker("alone"):
        raise pytest.UsageError(f"{item.nodeid} is marked alone; scripts/test runs such tests of {MAY_BE_ALONE} only")


def _turn(item: pytest.Item) -> tuple[int, bool]:
    tier = item.path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(tier), tier == "unit" and item.path.name not in LONG


# Last of these hooks, when tests that nobody asked for are gone: only those that will run are worth a lab.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    asking = [item for item in items if item.get_closest_marker("kernel")]
    if asking and (reason := why_no_lab()):
        for item in asking:
            item.add_marker(pytest.mark.skip(reason=f"no lab can be made here: {reason}"))
    looking = [item for item in items if item.get_closest_marker("browser")]
    if looking and (reason := why_no_browser()):
        for item in looking:
            item.add_marker(pytest.mark.skip(reason=reason))
