"""What `barewire explain --out` leaves in a folder: an explanation in every format that is not for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from barewire.errors import PrerequisiteError
from barewire.explain.run import Explanation
from barewire.render.format import EXPLANATION
from barewire.results import whole


def make_room(folder: Path) -> None:
    """PrerequisiteError, before a minute is spent on what cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PrerequisiteError(f"cannot make {folder}", said=error.strerror or str(error)) from error


def write(answers: Sequence[Explanation], folder: Path) -> tuple[Path, ...]:
    """Each load's into a folder of its name, an only one's into this; the pages. All files are written or none: PrerequisiteError
    when one cannot be."""
    folders = [folder / answer.load.name if len(answers) > 1 else folder for answer in answers]
    files = {
        of_load / name: content
        for answer, of_load in zip(answers, folders, strict=True)
        for one in EXPLANATION.formats().values()
        if not one.show
        for name, content in one.files(answer)
    }
    try:
        for of_load in folders:
            of_load.mkdir(parents=True, exist_ok=True)
        whole.write(files)
    except OSError as error:
        said = error.strerror or str(error)
        raise PrerequisiteError(f"cannot write into {folder}", said=said, remedy="Nothing was written") from error
    return tuple(of_load / EXPLANATION.find("html").file_name for of_load in folders)
