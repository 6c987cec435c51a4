"""Folded stacks, as flamegraph.pl and its kin read them: a file a network, and one of what it takes more than the baseline."""

from __future__ import annotations

from collections.abc import Mapping

from barewire.explain import folded
from barewire.explain.run import Explanation
from barewire.render.format import Format


def render(answer: Explanation) -> Mapping[str, str]:
    """The files by name."""
    files = {}
    for one in answer.networks:
        name = one.network.replace("/", "-")
        files[f"{name}.folded"] = folded.folded(one)
        if one is not answer.baseline:
            files[f"{name}.difference.folded"] = folded.difference(one, answer.baseline, answer.load.bundle)
    return files


FORMAT = Format("folded", "", "folded stacks for flamegraph.pl; a file a network", render)
