"""The BPF programs as text: every one assembles, to what LLVM's assembler makes of the same text."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from barewire.errors import BarewireError
from barewire.kernel import bpf_programs
from barewire.kernel.bpf_assembler import assemble, preprocess
from barewire.model.addresses import AddressPlan
from barewire.model.data_path import BpfDataPath, BpfProgram
from barewire.model.network import Topology
from barewire.networks import catalogue

NAMES = ("ebpf/native", "ebpf/netkit", "ebpf/vxlan", "ebpf/vxlan-legacy", "ebpf+ebpf:geneve")
TOPOLOGIES = [Topology.uniform(2, 1, addresses=AddressPlan(families)) for families in ((4, 6), (6, 4))]


def data_paths() -> list[BpfDataPath]:
    states = (
        catalogue.network(catalogue.parse(name)).desired_state(topology) for name in NAMES for topology in TOPOLOGIES
    )
    return [one for state in states for one in state.objects["n1"] if isinstance(one, BpfDataPath)]


PROGRAMS = {
    f"{number}-{program.name}": program
    for number, path in enumerate(data_paths())
    for program in path.programs
}  # fmt: skip


def text(program: BpfProgram) -> str:
    constants = {name: 7 if isinstance(value, str) else value for name, value in program.constants}
    return preprocess(program.source, constants, bpf_programs.source)


def assembled(program: BpfProgram, descriptor: int = 0) -> bytes:
    return assemble(text(program), program.source, {alias: descriptor for alias, _ in program.maps})


@pytest.mark.skipif(not shutil.which("llvm-mc"), reason="LLVM's assembler is not here (apt-get install llvm)")
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_llvm_assembles_the_same_instructions(program: BpfProgram, tmp_path: Path) -> None:
    made = tmp_path / "program.o"
    subprocess.run(
        ["llvm-mc", "-triple=bpfel", "-mattr=+alu32", "-filetype=obj", "-o", made],
        input=re.sub(r"= [a-z_]+ ll", "= 0 ll", text(program)), text=True, check=True,
    )  # fmt: skip
    subprocess.run(["llvm-objcopy", "-O", "binary", "-j", ".text", made, tmp_path / "code"], check=True)
    ours = bytearray(assembled(program))
    for at in range(0, len(ours), 8):
        if ours[at] == 0x18:  # a map's descriptor, which LLVM leaves to the loader
            ours[at + 1] &= 0x0F
    assert (tmp_path / "code").read_bytes() == bytes(ours)


@pytest.mark.parametrize("path", data_paths(), ids=lambda path: path.maps[1].name)
def test_programs_and_maps_fit_each_other(path: BpfDataPath) -> None:
    maps = {one.name: one for one in path.maps}
    assert len(maps) == len(path.maps)
    assert len({one.name for one in path.programs}) == len(path.programs)
    assert all(len(name) <= 15 for name in (*maps, *(one.name for one in path.programs)))
    for one in path.maps:
        assert len(one.items) <= one.entries
        for key, value in one.items:
            assert (size(key), size(value)) == (one.key_bytes, one.value_bytes)
    places = [call for program in path.programs for call in program.calls]
    assert len(set(places)) == len(places)
    assert all(index < maps[name].entries for name, index in places)
    for program in path.programs:
        assert all(name in maps for _, name in program.maps)
        assert bool(program.dev) != bool(program.calls)


def size(words: tuple[str, ...]) -> int:
    return sum(4 if word[0] == "@" else len(word.rpartition("=")[2]) // 2 for word in words)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("r1 = {NOTHING}", "no value for NOTHING (at a:1)"),
        ("exit\nr1 = r99x", "`r1 = r99x`"),
        ("goto nowhere", "cannot assemble `goto nowhere`"),
        ("r1 = nothing ll", "cannot assemble `r1 = nothing ll`"),
    ],
)
def test_a_line_that_is_no_instruction_is_named(written: str, said: str) -> None:
    with pytest.raises(BarewireError) as caught:
        assemble(preprocess("a", {}, {"a": written}.__getitem__), "a", {})
    assert said in str(caught.value) or said.partition(" (")[0] in str(caught.value)


def test_constants_conditions_and_inclusions_are_resolved() -> None:
    sources = {
        "a": "; a comment\n.set FOUR 4\n.if YES\n.include b\n.else\nr0 = 9 ; not this\n.endif\nexit",
        "b": ".if NO\nr0 = 8\n.else\nr0 = {FOUR+3-1}\n.endif",
    }
    assert preprocess("a", {"YES": 1, "NO": 0}, sources.__getitem__) == "r0 = 6\nexit\n"
