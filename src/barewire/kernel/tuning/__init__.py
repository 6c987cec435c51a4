"""Settings of the machine, outside all namespaces: governor, turbo, interrupts, sysctls.

    kinds()          the kinds of setting, one file each
    examine(...)     what each wanted setting is now, whether it can be changed here, and why not
    Machine          apply, restore, recover, with the former values on disk before anything changes

A kind is a module of this package with `KEY` (its name in a profile), `TAKES` (what a profile writes there) and
`settings(value, tree)`, which turns that into files of the kernel's and what shall be in them. All settings of a machine
are such files, so reading, changing and putting back are the same for all. What a lab has of its own (its sysctls, the
steering of its queues) is not here: that is part of the lab's desired state and dies with it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType

from barewire.kernel.tuning.setting import Setting, Tree


@cache
def kinds() -> dict[str, ModuleType]:
    """The kinds of setting by their key in a profile, in the order in which they are set."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {module.KEY: module for module in modules if hasattr(module, "KEY")}


def settings(wanted: Mapping[str, object], tree: Tree) -> list[Setting]:
    """Every setting of a profile's machine table; ValueError (`KEY: what it takes`) when a kind cannot read its value."""
    found: list[Setting] = []
    for key, value in wanted.items():
        module = kinds()[key]
        try:
            found += module.settings(value, tree)
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{key} takes {module.TAKES}") from error
    return found
