"""The options of a study, each defined here, once: in one module by group, in the order of the help."""

from __future__ import annotations

from barewire.study.design.options import clusters, labs, measured, peers, runs
from barewire.study.design.options.option import (
    ALL,
    CLUSTER,
    DEFAULT_WORKLOADS,
    LAB,
    LENGTH,
    LOAD,
    PEER,
    REQUIRED,
    RUN,
    SYSTEM,
    WHAT,
    WORKLOADS,
    Option,
)

OPTIONS = (*measured.OPTIONS, *labs.OPTIONS, *clusters.OPTIONS, *peers.OPTIONS, *runs.OPTIONS)
BY_KEY = {option.key: option for option in OPTIONS}

__all__ = [
    "ALL",
    "BY_KEY",
    "CLUSTER",
    "DEFAULT_WORKLOADS",
    "LAB",
    "LENGTH",
    "LOAD",
    "OPTIONS",
    "PEER",
    "REQUIRED",
    "RUN",
    "SYSTEM",
    "WHAT",
    "WORKLOADS",
    "Option",
]
