"""Every file of examples/ is a plan that this barewire accepts and can lay out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from barewire.study.design.plan_file import load_plan
from tests.support.command import barewire_inside

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))


@pytest.mark.kernel
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_plan(example: Path) -> None:
    assert f"barewire study examples/{example.name}" in example.read_text()
    plan = load_plan(example, {})
    if plan.in_vm:
        return  # laying it out would boot its kernel, which may have to be fetched first
    done = barewire_inside("study", str(example), "--dry-run", "--json", "-")
    assert done.code == 0, done.err
    planned = json.loads(done.out)
    assert planned["seconds"] > 0
    assert all(network["measured"] for network in planned["networks"])
