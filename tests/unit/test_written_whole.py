"""A document of several files is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from barewire.errors import UsageError
from barewire.render import output

LACKING = {"first.json": "new", "lacking/second.json": "new"}
"""The second cannot be written, as on a disk that is full by then."""


def test_a_refused_file_leaves_no_directory(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^cannot write .*: No such file or directory. Name a place"):
        output.write(LACKING, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_file_keeps_what_the_directory_had(tmp_path: Path) -> None:
    (tmp_path / "first.json").write_text("old")
    with pytest.raises(UsageError):
        output.write(LACKING, tmp_path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("first.json", "old")]


def test_a_directory_that_is_there_gets_the_files(tmp_path: Path) -> None:
    for content in ("old", "new"):
        output.write({"a": content, "b": content.encode()}, tmp_path / "out")
    assert {file.name: file.read_text() for file in (tmp_path / "out").iterdir()} == {"a": "new", "b": "new"}
