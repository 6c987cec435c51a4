"""Write what a format rendered: one file, or a directory of files, each of them whole or not at all.

A file is written beside its path and renamed, so that an interrupt or a full disk never leaves half of one. A path that is
no regular file (a pipe, /dev/stdout) is written to directly. Other files in the directory are left alone. A command that
measures first calls `prepare`, so that a path that cannot be written to is reported before the measurement, not after it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from barewire.errors import UsageError, remedy_for
from barewire.render.format import Format, Rendered, encoded

S = TypeVar("S")

_RAW = frozenset({"run.json", "study.json", "trials.ndjson"})
"""What a study recorded. Nothing can make it again, so no document is written over it."""


def emit(format: Format[S], subject: S, out: Path | None = None) -> None:
    """A document into `out`, or to standard output: to a terminal in colours where the format is for people.

    `UsageError` for what standard output does not take: several files, or bytes on a terminal.
    """
    if out is None and format.show and sys.stdout.isatty():
        from barewire.render.terminal import new_console

        format.show(subject, new_console())
        return
    if out is None and format.is_directory:
        raise UsageError(f"{format.name} writes several files", remedy="Give a directory for them: --out DIR")
    rendered = format.render(subject)
    if out is not None:
        write(rendered, out)
        return
    assert isinstance(rendered, str | bytes)
    if isinstance(rendered, bytes) and sys.stdout.isatty():
        raise UsageError(
            f"{format.name} is not text, and standard output is a terminal", remedy="Give a file: --out FILE"
        )
    if isinstance(rendered, str) and not rendered.endswith("\n"):
        rendered += "\n"
    if isinstance(rendered, str) and format.show:
        sys.stdout.write(rendered)  # for people, in the encoding of their terminal
    else:
        sys.stdout.buffer.write(encoded(rendered))


def write(rendered: Rendered, out: Path) -> None:
    """Write to a file, or to a directory, which is made if its parent is there; `UsageError` when the system refuses, or for a
    file that a study recorded."""
    _refuse_raw(out)
    try:
        if isinstance(rendered, Mapping):
            _write_directory(rendered, out)
        elif out.exists() and not out.is_file():
            out.write_bytes(encoded(rendered))
        else:
            _replace({out: encoded(rendered)})
    except OSError as error:
        remedy = remedy_for(error) or "Name a place that can be written to, with room for it"
        raise UsageError(f"cannot write {out}", said=error.strerror or str(error), remedy=remedy) from error


def prepare(out: Path | None, directory: Path | None = None) -> None:
    """Refuse, before anything is measured, places that nothing can be written to."""
    if out is not None:
        _refuse_raw(out)
    if out is not None and (out.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK)):
        raise UsageError(f"cannot write {out}", remedy="Name a file in a writable directory")
    if directory is not None:
        try:
            directory.mkdir(exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot make the directory {directory}", said=error.strerror or str(error)) from error
        if not os.access(directory, os.W_OK):
            raise UsageError(f"cannot write to {directory}", remedy="Name a writable directory")


def _refuse_raw(out: Path) -> None:
    if out.name in _RAW and os.path.exists(out):  # noqa: PTH110 # Path.exists raises where a folder may not be entered
        raise UsageError(
            f"{out} is what a study recorded, and would be lost", remedy="Name another file, like report.html"
        )


def _write_directory(files: Mapping[str, str | bytes], out: Path) -> None:
    """All files or none of them; a directory that was not there is not left empty."""
    try:
        out.mkdir()
    except FileExistsError:
        made = False
    else:
        made = True
    try:
        _replace({out / name: encoded(content) for name, content in files.items()})
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                out.rmdir()
        raise


def _replace(contents: Mapping[Path, bytes]) -> None:
    """Write files beside their paths, and rename them when all of them are there: a full disk is noticed before."""
    partial = {file: file.with_name(f".{file.name}.{os.getpid()}") for file in contents}
    try:
        for file, content in contents.items():
            partial[file].write_bytes(content)
        for file, written in partial.items():
            written.replace(file)
    except BaseException:
        for written in partial.values():
            with contextlib.suppress(OSError):
                written.unlink(missing_ok=True)
        raise
