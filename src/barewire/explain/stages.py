"""Assign kernel functions to the stages of a packet's path, as listed in stages.toml.

An instruction belongs to the innermost function under way that a stage names. What has no stage of its own (copying, locks,
memory) so counts for whom it works: an skb allocated in TCP for TCP, headroom made in vxlan for the encapsulation. Before that,
some functions are a stage's whole, whatever they call: a timer that is set because the CPU goes idle is idleness.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from importlib.resources import files
from typing import Any

from barewire.explain.symbols import USER, Function

OTHER = "other"
"""What no stage names."""

USER_STAGE = "user space"


@dataclass(frozen=True, slots=True)
class StageTable:
    """Stages in their order; `functions` and `modules` decide which one is whose."""

    names: tuple[str, ...]
    about: Mapping[str, str]
    functions: tuple[tuple[re.Pattern[str], str], ...]
    wholes: tuple[tuple[re.Pattern[str], str], ...]
    modules: Mapping[str, str]
    known: dict[Function, str]
    """What was looked up before, of `functions` and `modules`; the next of `wholes`."""

    known_wholes: dict[Function, str]

    def stage_of(self, function: Function) -> str:
        """The stage that names this function itself; empty without one."""
        if function not in self.known:
            self.known[function] = self._named(function)
        return self.known[function]

    def of_stack(self, stack: Sequence[Function]) -> str:
        """The stage of an instruction: functions outermost first."""
        whole = next((stage for function in stack if (stage := self._whole(function))), "")
        return whole or next((stage for function in reversed(stack) if (stage := self.stage_of(function))), OTHER)

    def _whole(self, function: Function) -> str:
        if function not in self.known_wholes:
            self.known_wholes[function] = _first(self.wholes, function)
        return self.known_wholes[function]

    def _named(self, function: Function) -> str:
        if function == USER:
            return USER_STAGE
        # A module is one thing or another as a whole; only then do names decide.
        if stage := self.modules.get(function.module):
            return stage
        return _first(self.functions, function)


def _first(patterns: Sequence[tuple[re.Pattern[str], str]], function: Function) -> str:
    return next((stage for pattern, stage in patterns if pattern.fullmatch(function.name)), "")


def parse(text: str) -> StageTable:
    """Parse a table of stages. Of several matching patterns the longest, which is the most specific, wins."""
    document = tomllib.loads(text)["stage"]
    return StageTable(
        tuple(entry["name"] for entry in document),
        {entry["name"]: entry["about"] for entry in document},
        _patterns(document, "functions"),
        _patterns(document, "whole"),
        {module: entry["name"] for entry in document for module in entry.get("modules", ())},
        {},
        {},
    )


def _patterns(document: Sequence[Mapping[str, Any]], key: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    patterns = [(pattern, entry["name"]) for entry in document for pattern in entry.get(key, ())]
    patterns.sort(key=lambda pair: (-len(pair[0].rstrip("*")), pair[0]))
    return tuple((re.compile(translate(pattern)), name) for pattern, name in patterns)


@cache
def standard() -> StageTable:
    """The stages of this package."""
    return parse(files("barewire.explain").joinpath("stages.toml").read_text(encoding="utf-8"))
