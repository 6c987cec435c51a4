"""CNI plugins: a chain of them attaches each pod, as a container runtime would have it done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from barewire.networks.cni.chain import CniChain, read
from barewire.networks.cni.files import one_file
from barewire.networks.part import Facts
from barewire.networks.programmed import ProgramAttach

FOLDERS = "/opt/cni/bin:/usr/lib/cni"
"""Where plugins are, unless CNI_PATH says otherwise: the folder of most runtimes, and Debian's."""


@dataclass(frozen=True)
class CniAttach(ProgramAttach):
    """The chain in a file: `cni:FILE`, with the file of its capability arguments as `args=FILE`. `folders` are those of the
    plugins, joined by colons."""

    name: ClassVar[str] = "cni"
    example: ClassVar[str] = "./net.conflist"
    file: str
    chain: CniChain
    folders: str

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        file, rest = one_file(cls.name, options, cls.example, ("args",))
        folders = (os.environ.get("CNI_PATH") or FOLDERS).split(":")
        return cls(
            file, read(file, rest.get("args", "")), ":".join(str(Path(one).absolute()) for one in folders if one)
        )

    @property
    def facts(self) -> Facts:
        plugins = ", ".join(self.chain.types)
        return Facts(f"CNI plugins attach the pods: {plugins} ({self.file})", "up to the plugins", "root on the node")

    @property
    def content(self) -> str:
        given = self.chain.arguments
        return self.chain.text if given == "{}" else f"{self.chain.text.rstrip()}\n{given}"
