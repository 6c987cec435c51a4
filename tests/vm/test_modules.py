"""The modules that a remedy names, looked up in the package of a Debian kernel: a wrong name would send people nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from barewire.kernel import features
from barewire.networks import catalogue
from tests.support.vm import image

NAMED = sorted(
    {name for name in features.KNOWN if name.partition(":")[0] in ("link", "nft", "qdisc")}
    | {
        need
        for spec in catalogue.presets()
        for need in catalogue.network(spec).needs((4, 6))
        if not need.startswith("program:")
    }
)


@pytest.fixture(scope="module")
def shipped() -> set[str]:
    """Every module of Debian's 6.12, built in or not."""
    folder = image("6.12").modules
    assert folder
    lists = (folder / name for name in ("modules.dep", "modules.builtin"))
    paths = [line.partition(":")[0] for file in lists for line in file.read_text().splitlines()]
    return {Path(path).name.partition(".")[0] for path in paths}


@pytest.mark.parametrize("name", NAMED)
def test_a_remedy_names_modules_that_debian_ships(name: str, shipped: set[str]) -> None:
    kind, _, what = name.partition(":")
    assert set(features.modules(kind, what)) <= shipped
    assert features.modules(kind, what) or what == "netkit" or kind == "bpf"
