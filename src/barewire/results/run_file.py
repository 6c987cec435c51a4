"""A file of a run directory on the disk: whether it is there, and its bytes; `RunError` where the system refuses."""

from __future__ import annotations

from pathlib import Path

from barewire.errors import RunError


def is_file(file: Path) -> bool:
    """Whether the file is there; `RunError` where that may not be known."""
    try:
        return file.is_file()
    except OSError as error:
        raise _unreadable(file, error) from error


def read_file(file: Path) -> bytes:
    """Its bytes, whole."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> RunError:
    said = error.strerror or str(error)
    return RunError("a run cannot be read", where=str(file), said=said, remedy="Check its permissions")
