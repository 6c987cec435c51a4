"""From functions to the stages that a packet goes through; which function belongs where stands in stages.toml.

An instruction belongs to the innermost function under way that a stage names. What has no stage of its own (copying, locks,
memory) so counts for whom it works: an skb allocated in TCP for TCP, headroom made in vxlan for the encapsulation.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from importlib.resources import files

from barewire.explain.symbols import USER, Function

OTHER = "other"
"""What no stage names."""

USER_STAGE = "user space"


@dataclass(frozen=True, slots=True)
class Stages:
    """Stages in their order; `functions` and `modules` decide which one is whose."""

    names: tuple[str, ...]
    about: Mapping[str, str]
    functions: tuple[tuple[re.Pattern[str], str], ...]
    modules: Mapping[str, str]
    known: dict[Function, str]
    """What was looked up before."""

    def of(self, function: Function) -> str:
        """The stage that names this function itself; empty without one."""
        if function not in self.known:
            self.known[function] = self._named(function)
        return self.known[function]

    def of_stack(self, stack: Sequence[Function]) -> str:
        """The stage of an instruction: functions outermost first."""
        return next((stage for function in reversed(stack) if (stage := self.of(function))), OTHER)

    def _named(self, function: Function) -> str:
        if function == USER:
            return USER_STAGE
        # A module is one thing or another as a whole; only then do names tell.
        if stage := self.modules.get(function.module):
            return stage
        return next((stage for pattern, stage in self.functions if pattern.fullmatch(function.name)), "")


def parse(text: str) -> Stages:
    """Of several patterns that fit, the longest wins: it says more."""
    document = tomllib.loads(text)["stage"]
    patterns = [(pattern, entry["name"]) for entry in document for pattern in entry.get("functions", ())]
    patterns.sort(key=lambda pair: (-len(pair[0].rstrip("*")), pair[0]))
    return Stages(
        tuple(entry["name"] for entry in document),
        {entry["name"]: entry["about"] for entry in document},
        tuple((re.compile(translate(pattern)), name) for pattern, name in patterns),
        {module: entry["name"] for entry in document for module in entry.get("modules", ())},
        {},
    )


@cache
def standard() -> Stages:
    """Those of this package."""
    return parse(files("barewire.explain").joinpath("stages.toml").read_text(encoding="utf-8"))
