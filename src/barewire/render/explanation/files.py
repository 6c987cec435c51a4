"""What `barewire explain --out` leaves in a folder: the page, the document, and stacks for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from barewire.errors import PrerequisiteError
from barewire.explain import folded
from barewire.explain.document import document
from barewire.explain.run import Explanation
from barewire.render.explanation import page
from barewire.results import whole

PAGE = "explain.html"


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
        of_load / name: text.encode()
        for answer, of_load in zip(answers, folders, strict=True)
        for name, text in _texts(answer).items()
    }
    try:
        for of_load in folders:
            of_load.mkdir(parents=True, exist_ok=True)
        whole.write(files)
    except OSError as error:
        said = error.strerror or str(error)
        raise PrerequisiteError(f"cannot write into {folder}", said=said, remedy="Nothing of it was written") from error
    return tuple(of_load / PAGE for of_load in folders)


def _texts(answer: Explanation) -> dict[str, str]:
    files = {
        PAGE: page.render(answer),
        "explain.json": json.dumps(document(answer).plain(), indent=1) + "\n",
        "speedscope.json": folded.speedscope(answer),
    }
    for one in answer.networks:
        name = one.network.replace("/", "-")
        files[f"{name}.folded"] = folded.folded(one)
        if one is not answer.baseline:
            files[f"{name}.difference.folded"] = folded.difference(one, answer.baseline, answer.load.bundle)
    return files
