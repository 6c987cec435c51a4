"""Modules of C include each other without a circle, and what the programs share knows neither of them."""

from __future__ import annotations

import graphlib
import re
from pathlib import Path

import pytest

CSRC = Path(__file__).parents[2] / "csrc"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
PARTS = ("base", "load", "serve", "plugin")


def includes(folder: Path) -> dict[Path, set[Path]]:
    """What each module (`x.c` and `x.h` together) includes, itself left out."""
    graph: dict[Path, set[Path]] = {}
    for file in sorted(folder.glob("*.[ch]")):
        named = {(file.parent / name).resolve().with_suffix("") for name in INCLUDE.findall(file.read_text())}
        graph.setdefault(file.with_suffix(""), set()).update(named - {file.with_suffix("")})
    return graph


@pytest.mark.parametrize("part", PARTS)
def test_c_modules_include_each_other_without_a_circle(part: str) -> None:
    graph = includes(CSRC / part)
    assert graph
    graphlib.TopologicalSorter(graph).prepare()  # CycleError names the modules


@pytest.mark.parametrize("part", PARTS)
def test_c_programs_share_nothing_but_base(part: str) -> None:
    allowed = {CSRC / part} if part in ("base", "plugin") else {CSRC / part, CSRC / "base"}
    strangers = {
        (module.name, one.name)
        for module, named in includes(CSRC / part).items()
        for one in named
        if one.parent not in allowed
    }
    assert strangers == set()


def test_a_circle_of_c_modules_is_named(tmp_path: Path) -> None:
    for name, other in (("queue", "worker"), ("worker", "queue")):
        (tmp_path / f"{name}.c").write_text(f'#include "{name}.h"\n#include "{other}.h"\n')
        (tmp_path / f"{name}.h").touch()
    with pytest.raises(graphlib.CycleError, match="queue"):
        graphlib.TopologicalSorter(includes(tmp_path)).prepare()
