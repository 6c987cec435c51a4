"""What `barewire study` adds where a machine's kernel lacks networks: it says so before, and measures all of them after.

Nothing of it can spoil the study that was asked for: where no VM can be had, that is said, with what would help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from barewire.cli import outcome
from barewire.cli.progress import Display
from barewire.errors import PrerequisiteError, UsageError
from barewire.kernel.tuning.hold import Hold
from barewire.runs import words
from barewire.runs.clock import ADDED
from barewire.study import added, conduct, places
from barewire.study.plan import StudyPlan
from barewire.study.run import RUN


def announced(plan: StudyPlan, without: list[str], path: Path, say: places.Say, *, quick: bool) -> bool:
    """Whether all networks will be measured by the counted clock after the run at `path`, which is `without` some; says which
    and how long it takes."""
    if not without or not added.is_left_open(plan):
        return False
    lacks = f"this machine's kernel cannot build {words.listing(without)}"
    if found := added.hindrance():
        say(f"{lacks}; in a VM they could be measured, but {str(found)[:1].lower()}{str(found)[1:].rstrip('.')}")
        return False
    say(
        f"{lacks}, so after this all networks are measured in a VM by the counted clock, into {path / ADDED}: "
        f"about {max(1, round(added.minutes(plan, quick=quick)))} min more; --kernel host leaves that out"
    )
    return True


def expect(path: Path) -> None:
    """Let the run at `path` be known as one that a counted study belongs to, also if it comes to no beginning."""
    (path / ADDED).mkdir(exist_ok=True)


def is_expected(path: Path) -> bool:
    """Whether a counted study belongs to the run at `path`, begun or not."""
    return (path / ADDED).is_dir()


def is_begun(path: Path) -> bool:
    """Whether it has measured something, or could have."""
    return (path / ADDED / RUN).exists()


def measure(
    plan: StudyPlan,
    path: Path,
    created: str,
    held: Callable[[], AbstractContextManager[Hold]],
    say: places.Say,
    json: str | None,
    exports: Sequence[str],
    *,
    quick: bool,
) -> None:
    """The study that was announced, into a directory of its own within `path`."""
    try:
        image = places.usual()
    except (PrerequisiteError, UsageError) as error:
        say(f"nothing is measured in a VM: {str(error).rstrip('.')}")
        return
    counted, line = added.made(plan, image, quick=quick)
    display = Display()
    say(f"all networks by the counted clock, on Linux {image.release}")
    with held() as hold, places.opened(counted, image, say) as place:
        opened = conduct.begin(counted, place, path / ADDED, line, created, display)
        try:
            outcome.conduct_run(display, *opened, hold, None, exports, told=json != "-")
        finally:
            outcome.report_again(path)  # whoever opens it is told of the other
