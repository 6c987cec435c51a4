"""Where the programs are that are built with this package: one place, so that generator and server are found and missed alike."""

from __future__ import annotations

import os
from pathlib import Path

from barewire.errors import PrerequisiteError


def program(name: str, what: str, variable: str) -> str:
    """The path of `name`: what the environment's `variable` says, or the one in this package; PrerequisiteError without it."""
    named = os.environ.get(variable)
    path = Path(named) if named else Path(__file__).parents[2] / "libexec" / name
    if not os.access(path, os.X_OK):
        raise PrerequisiteError(
            f"{what} {path} is not there",
            remedy=f"Install barewire with its C parts (scripts/setup, or pip install .), or name it in {variable}",
        )
    return str(path)
