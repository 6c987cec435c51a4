"""Options of a run: kernel, tuning, clock and random choices."""

from __future__ import annotations

from barewire.study.design.options.option import REQUIRED, RUN, SYSTEM, Option

OPTIONS = (
    Option(
        "kernel",
        SYSTEM,
        "host, 6.12, a file; several: 6.1,6.12",
        '"host", a version like "6.12", a file like "/boot/vmlinuz-6.12.9" (":" and its modules\' directory '
        'may follow), or several to compare, like ["6.1", "6.12"]; default host',
        default=("host",),
    ),
    Option(
        "tune",
        SYSTEM,
        "A tuning, or several: none,study-2016",
        'a tuning like "study-2016", or several to compare, like ["none", "study-2016"]; default none',
        default=("none",),
    ),
    Option(
        "clock",
        SYSTEM,
        "wall, counted (instructions in a VM) or auto",
        '"wall", or "counted": instructions of an emulated CPU',
        default="wall",
    ),
    Option(
        "memory",
        SYSTEM,
        "Memory of the VM in MiB, if there is one",
        "memory of the VM in MiB, 256 or more",
        default=1024,
    ),
    Option(
        "seed",
        RUN,
        "Seed of every random choice",
        "a whole number from 0; default drawn, and recorded",
        default=REQUIRED,
        shown="drawn, and recorded",
        type=int,
    ),
)
