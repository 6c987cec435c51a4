"""CNI plugins: a chain of them attaches each pod, as a container runtime would have it done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from barewire.networks.chained import ChainAttach, plugin_folders
from barewire.networks.cni.chain import read
from barewire.networks.cni.files import one_file
from barewire.networks.part import Facts


@dataclass(frozen=True)
class CniAttach(ChainAttach):
    """The chain in a file: `cni:FILE`, with the file of its capability arguments as `args=FILE`."""

    name: ClassVar[str] = "cni"
    example: ClassVar[str] = "./net.conflist"

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        file, rest = one_file(cls.name, options, cls.example, ("args",))
        return cls(file, read(file, rest.get("args", "")), plugin_folders())

    @property
    def facts(self) -> Facts:
        plugins = ", ".join(self.chain.types)
        return Facts(f"CNI plugins attach the pods: {plugins} ({self.file})", "up to the plugins", "root on the node")
