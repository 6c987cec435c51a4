"""Files that are either there or not: what a run directory needs from the disk, and nothing else.

`replace` for whole files (written beside, synced, renamed), `append` for lines (one write, synced, taken back on an
error), `lock` for the directory. All raise `OSError`; who calls them knows what was being written and says so.
"""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

from barewire.errors import RunError


def lock(path: Path) -> int:
    """Lock a directory for this process; the descriptor holds the lock. Raises `RunError` if another process has it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise RunError(
            f"another study is writing to {path}", remedy="Wait until it has ended, or give another --out"
        ) from error
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def replace(file: Path, content: bytes) -> None:
    """Write `file` as a whole; a reader sees the old content or the new one."""
    partial = file.with_name(file.name + ".partial")
    try:
        partial.write_bytes(content)
        into_place(partial, file)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def into_place(partial: Path, file: Path) -> None:
    """Sync, rename, sync the directory: after a power loss there is the old file or the new one."""
    _sync(partial)
    partial.replace(file)
    _sync(file.parent)


def append(file: Path, line: bytes) -> None:
    """All of the line or none of it, as far as this process knows; a kill in between leaves a line without end."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        before = os.fstat(descriptor).st_size
        try:
            written = 0
            while written < len(line):
                written += os.write(descriptor, line[written:])
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def utf8(json_text: str) -> bytes:
    """JSON as UTF-8. A byte of a path that is not UTF-8 is written as the text `\\udcff`: readers refuse a lone surrogate."""
    return re.sub("[\ud800-\udfff]", lambda found: f"\\\\u{ord(found[0]):04x}", json_text).encode()


def truncate(file: Path, size: int) -> None:
    """Cut `file` to `size` bytes, synced."""
    os.truncate(file, size)
    _sync(file)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
