"""Namespaces that programs add to a lab with `ip netns add`: they get the settings of the lab and its taps.

The kernel has no way to decide what a new namespace inherits: it takes congestion control from the machine's first namespace.
So the lab watches its mounts (`/proc/self/mountinfo` can be polled) and writes the settings as soon as a name appears. Limit: a
socket that a program opens in its namespace within that moment has the machine's settings. What the program itself has set by
then stays: only a value that every new namespace has is replaced.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence

from barewire.errors import BarewireError
from barewire.kernel import namespaces, settings
from barewire.kernel.engine import Engine
from barewire.kernel.namespaces import BOUND, Namespaces
from barewire.model.settings import Sysctl


class AddedNamespaces:
    """The namespaces of one lab that were added by programs; a poll of `mounts` has POLLPRI when there may be some."""

    def __init__(self, known: Namespaces, engine: Engine) -> None:
        self._namespaces, self._engine = known, engine
        self._names: set[str] = set()
        self._settings: Mapping[Sysctl, str] = {}
        self.mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)

    def keep(self, wanted: Sequence[Sysctl]) -> None:
        """Write these sysctls in each that is added from now on. The caller is in a namespace where nothing is set."""
        self._settings = {one: _value(one) for one in wanted}

    def update(self) -> None:
        """Take in what was added, and let go of what was removed."""
        there = namespaces.added()
        for name in self._names - there:
            self._engine.release(name)
        # If it is removed in this moment, its settings do not matter.
        for name in sorted(there - self._names - set(self._namespaces.names)):
            with contextlib.suppress(BarewireError):
                self._namespaces.adopt(name, str(BOUND / name))
                self._names.add(name)
                with self._namespaces.enter(name):
                    for wanted, fresh in self._settings.items():
                        if _value(wanted) == fresh != wanted.value:
                            with contextlib.suppress(BarewireError):
                                settings.write_sysctl(wanted, name)
        self._names &= there


def _value(wanted: Sysctl) -> str:
    """The value in the caller's namespace; empty if it has none."""
    with contextlib.suppress(BarewireError):
        return " ".join(settings.read_sysctl(wanted.key).split())
    return ""
