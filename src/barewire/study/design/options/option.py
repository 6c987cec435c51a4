"""An option of a study: name, group, one line of help, what a value looks like, default; and the names that options share.

The options are in the modules beside this one, by group. The plan (`plan.py`) takes its defaults and the descriptions of its
fields from them, and `barewire study --help` its options, in their order. Nothing large is imported, because the help and the
shell's completion must not wait for pydantic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from barewire import workloads

WHAT = "What is measured"
LENGTH = "How long and how precisely"
LOAD = "Load generator and servers"
LAB = "Network and nodes of each lab"
CLUSTER = "Other machines, or a cluster"
PEER = "Addresses that exist, instead of labs"
SYSTEM = "Kernel, tuning and clock"
RUN = "The run and its report"
"""Groups, as headings of the help."""

WORKLOADS = workloads.names()
ALL = "all"
"""Every preset, or every workload."""
DEFAULT_WORKLOADS = ("http", "http-max", "http-crr", "tcp-stream", "tcp-rr", "udp-rr", "udp-stream")

REQUIRED: Any = ...
"""The default of a key that a plan cannot be without; `load_plan` fills it in."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a study and a key of its plan.

    `takes` says what a plan file may have (error messages print it); `default` is the plan's, and `shown` what the help has
    in parentheses where that is not the default itself. On the command line a value is of `type`; a bool is a flag.
    """

    key: str
    group: str
    text: str
    takes: str
    default: Any = None
    shown: str | None = None
    type: type = str

    @property
    def flag(self) -> str:
        """`--loads-of`."""
        return f"--{self.key.replace('_', '-')}"

    @property
    def help(self) -> str:
        """The line of `--help`, with the default."""
        shown = _typed(self.default) if self.shown is None else self.shown
        return f"{self.text} ({shown})." if shown else f"{self.text}."


def _typed(default: object) -> str:
    """A default as it would be typed."""
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)
