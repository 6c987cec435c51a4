"""Stacks in the formats of flame graph viewers: folded lines, and speedscope's JSON.

The text is what flame graph programs call collapsed: functions from the outermost to the innermost, joined by semicolons, a
space and a whole number. The number is what the whole recorded time took and not one operation, because it must be whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from barewire.explain.profile import Stack
from barewire.explain.run import Explained, Explanation
from barewire.results.explained import digits

_SPEEDSCOPE = "https://www.speedscope.app/file-format-schema.json"


def folded(one: Explained) -> str:
    """Every stack of a network, in the order of its functions' names."""
    lines = [
        f"{';'.join(map(str, stack))} {whole}"
        for stack, instructions in sorted(one.profile.stacks.items())
        if (whole := round(instructions * one.operations))
    ]
    return "\n".join([*lines, ""])


def difference(one: Explained, baseline: Explained, bundle: int) -> str:
    """Two numbers a line, as programs for differences read them: the baseline's and the network's, per `bundle` operations."""
    mine, theirs = one.profile.stacks, baseline.profile.stacks
    lines = []
    for stack in sorted(mine.keys() | theirs.keys()):
        before, after = round(bundle * theirs.get(stack, 0.0)), round(bundle * mine.get(stack, 0.0))
        if before or after:
            lines.append(f"{';'.join(map(str, stack))} {before} {after}")
    return "\n".join([*lines, ""])


def speedscope(answer: Explanation) -> str:
    """All networks in one file, a profile each, in instructions per operation."""
    frames: dict[str, int] = {}
    places = digits(answer.baseline.profile.total) + 3
    profiles = [_profile(one.network, sorted(one.profile.stacks.items()), frames, places) for one in answer.networks]
    return json.dumps(
        {
            "$schema": _SPEEDSCOPE,
            "name": f"{answer.load.name} on Linux {answer.release}",
            "exporter": "barewire",
            "shared": {"frames": [{"name": name} for name in frames]},
            "profiles": profiles,
        }
    )


def _profile(
    name: str, stacks: Sequence[tuple[Stack, float]], frames: dict[str, int], places: int
) -> dict[str, object]:
    samples = [[frames.setdefault(str(function), len(frames)) for function in stack] for stack, _ in stacks]
    weights = [round(instructions, places) for _, instructions in stacks]
    return {
        "type": "sampled", "name": name, "unit": "none", "startValue": 0, "endValue": round(sum(weights), places),
        "samples": samples, "weights": weights,
    }  # fmt: skip
