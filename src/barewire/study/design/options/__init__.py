"""The options of a study, each defined here, once: in one module by group, in the order of the help."""

from __future__ import annotations

from barewire.study.design.options import labs, measured, runs
from barewire.study.design.options.option import (
    ALL,
    DEFAULT_WORKLOADS,
    LAB,
    LENGTH,
    LOAD,
    REQUIRED,
    RUN,
    SYSTEM,
    WHAT,
    WORKLOADS,
    Option,
)

OPTIONS = (*measured.OPTIONS, *labs.OPTIONS, *runs.OPTIONS)
BY_KEY = {option.key: option for option in OPTIONS}

__all__ = [
    "ALL",
    "BY_KEY",
    "DEFAULT_WORKLOADS",
    "LAB",
    "LENGTH",
    "LOAD",
    "OPTIONS",
    "REQUIRED",
    "RUN",
    "SYSTEM",
    "WHAT",
    "WORKLOADS",
    "Option",
]
