"""The files that a program's name points to: `cni:FILE:args=FILE`, `exec:FILE`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from barewire.errors import NetworkError
from barewire.networks.part import known_options

_MOST_BYTES = 1 << 20


def one_file(
    program: str, options: Mapping[str, str], example: str, known: tuple[str, ...]
) -> tuple[str, Mapping[str, str]]:
    """The file among the options of a program, which is written without a key, and the other options."""
    files = [key for key, value in options.items() if value == "" and key not in known]
    rest = {key: value for key, value in options.items() if key not in files}
    known_options(program, rest, known)
    if len(files) != 1:
        said = f"it was given {' and '.join(files)}" if files else ""
        raise NetworkError(f"{program} takes one file", said=said, remedy=f"Write it like {program}:{example}")
    return files[0], rest


def read_text(file: str, what: str) -> str:
    """The text of a file; NetworkError with the system's words if it cannot be read."""
    path = Path(file)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise NetworkError(f"{what} {file} is larger than {_MOST_BYTES} bytes", remedy="Is it the right file?")
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NetworkError(
            f"cannot read {what} {file}", said=error.strerror or str(error),
            remedy="A relative path is looked up in the folder where barewire was called; it can have no colon, plus or comma",
        ) from error  # fmt: skip
