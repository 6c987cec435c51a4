"""The BPF programs of barewire's data paths, as text (`kernel.bpf_assembler`); pieces that several share are included."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def source(name: str) -> str:
    """The text of a program."""
    return files(__name__).joinpath(f"{name}.s").read_text(encoding="utf-8")
