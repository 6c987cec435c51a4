"""Prepare standard input, output and error: always open, and no error on them loses a result.

- A descriptor that was closed before the start becomes /dev/null: the next file that is opened would get its number, and what a
  library or a child prints would go into that file.
- Text that the encoding lacks (ISO-8859-1, ASCII) is written with the nearest ASCII characters: `~` for ≈, `u` for µ.
- Output that cannot be written (a full disk) is an `OutputError`, raised once; a reader that has gone (a pager, head) is
  `ReaderGone`. Only what is raised here ends a command for its output, so no other failed pipe is taken for it.
- Messages that cannot be written are dropped: a study is not lost because the disk of its log is full.

Imports nothing of barewire but its errors, so that it works before anything else can fail.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import Any

from barewire.errors import PrerequisiteError

FALLBACK = "barewire-ascii"
"""The name of the error handler that writes ASCII where an encoding lacks a character."""

_ASCII = str.maketrans({
    "≈": "~", "µ": "u", "μ": "u", "±": "+-", "×": "x", "−": "-", "–": "-", "—": "-", "…": "...", "→": "->", "≤": "<=",
    "≥": ">=", "·": ".", "•": "*", "’": "'", "‘": "'", "“": '"', "”": '"', "✅": "ok", "❌": "no", "❔": "?", "†": "+",
    "─": "-", "━": "-", "│": "|", "┃": "|", "├": "|", "└": "`", "╸": "-", "╺": "-",
    **{chr(0x2580 + height): str(height) for height in range(1, 9)},  # the bars of a small graph, as heights from 1 to 8
})  # fmt: skip


class OutputError(PrerequisiteError):
    """Standard output cannot be written."""


class ReaderGone(BrokenPipeError):
    """The reader of standard output has closed it."""


def prepare() -> None:
    """Make the three streams what the module says; once, at the start of the program."""
    codecs.register_error(FALLBACK, _in_ascii)
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 # a descriptor, open to the end
    sys.stdout = _wrapped(sys.stdout, _Output(1, "w", closefd=False))
    sys.stderr = _wrapped(sys.stderr, _Messages(2, "w", closefd=False))


def ascii_of(text: str) -> str:
    """The text with the nearest ASCII characters; what has none becomes an escape like `\\u2603`."""
    return "".join(
        plain if (plain := _plain(character)).isascii() else character.encode("ascii", "backslashreplace").decode()
        for character in text
    )


def _plain(character: str) -> str:
    # Letters lose their accents, and Braille (a spinner's dots) is a star.
    if "\u2800" <= character <= "\u28ff":
        return "*"
    known = character.translate(_ASCII)
    if known != character:
        return known
    return "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return ascii_of(error.object[error.start : error.end]), error.end


def _wrapped(stream: Any, raw: io.RawIOBase) -> io.TextIOWrapper:
    if stream is not None:
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors=FALLBACK,
        line_buffering=getattr(stream, "line_buffering", False) or isinstance(raw, _Messages),
        write_through=getattr(stream, "write_through", False),
    )


class _Output(io.FileIO):
    """Standard output. After it has failed once nothing more is written, so that what is still buffered fails no second time."""

    _failed = False

    def write(self, data: Any, /) -> int:
        if self._failed:
            return len(data)
        try:
            return super().write(data)
        except BrokenPipeError as error:
            self._failed = True
            raise ReaderGone(error.errno, error.strerror) from error
        except OSError as error:
            self._failed = True
            raise OutputError(
                "standard output cannot be written",
                said=error.strerror or str(error),
                remedy="Files on disk are complete; repeat the command with an output that has space",
            ) from error


class _Messages(io.FileIO):
    """Standard error, of which nothing is expected."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)
