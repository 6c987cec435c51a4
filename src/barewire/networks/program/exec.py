"""A user's own program, often a script, that builds the whole network of a lab."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from barewire.errors import NetworkError
from barewire.networks.cni.files import one_file, read_text
from barewire.networks.part import Facts
from barewire.networks.programmed import ProgramAttach


@dataclass(frozen=True)
class ScriptAttach(ProgramAttach):
    """The program at `path`, which is called with `up` and `down`: `exec:FILE`."""

    name: ClassVar[str] = "exec"
    example: ClassVar[str] = "./build.sh"
    file: str
    path: str
    text: str

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        file, _ = one_file(cls.name, options, cls.example, ())
        text = read_text(file, "the program")
        path = Path(file).absolute()
        if not os.access(path, os.X_OK):
            raise NetworkError(f"{file} is not executable", remedy=f"Type chmod +x {file}")
        return cls(file, str(path), text)

    @property
    def facts(self) -> Facts:
        return Facts(f"{self.file} builds the network", "up to the program", "up to the program")

    @property
    def content(self) -> str:
        return self.text
