"""Programs that attach pods by a chain of CNI plugins: a user's chain (`cni:FILE`), and that of a real system."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from barewire.networks.cni.chain import CniChain
from barewire.networks.programmed import ProgramAttach

FOLDERS = "/opt/cni/bin:/usr/lib/cni"
"""Where plugins are, unless CNI_PATH says otherwise: the folder of most runtimes, and Debian's."""


@dataclass(frozen=True)
class ChainAttach(ProgramAttach):
    """A chain of plugins, which are in `folders`, joined by colons."""

    file: str
    chain: CniChain
    folders: str

    @property
    def programs(self) -> tuple[str, ...]:
        """The plugins that must be installed."""
        return self.chain.programs

    @property
    def content(self) -> str:
        given = self.chain.arguments
        return self.chain.text if given == "{}" else f"{self.chain.text.rstrip()}\n{given}"


def plugin_folders() -> str:
    """The folders of CNI plugins on this machine, as absolute paths."""
    folders = (os.environ.get("CNI_PATH") or FOLDERS).split(":")
    return ":".join(str(Path(one).absolute()) for one in folders if one)
