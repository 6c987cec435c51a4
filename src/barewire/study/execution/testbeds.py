"""Opening the place that a plan's labs are on: this machine, or a VM on another kernel or by a counted clock.

Which kernel it is is found out first and apart from starting it, so that what cannot be had is said before anything is
measured. A resumed run wants the very release that it was begun on, whatever a version has come to since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from barewire.errors import BarewireError, PrerequisiteError
from barewire.kernels import available
from barewire.kernels.image import Image
from barewire.study.design.plan import HOST_KERNEL, StudyPlan
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Testbed
from barewire.testbeds.vm.testbed import VmTestbed

USUAL = "6.12"
"""A long-term series, Debian 13's: runs of different months, and of different people, stay comparable."""

Say = Callable[[str], None]
"""Hears one line about what takes a while or is otherwise than expected."""


def image(plan: StudyPlan, kernel: str, say: Say) -> Image | None:
    """The kernel to boot for `kernel`, which the plan names; None where labs are on this machine itself."""
    if not plan.in_vm:
        return None
    if kernel != HOST_KERNEL:
        return available.find(kernel)
    found = usual()
    say(f"the clock counts in a VM with Linux {found.release}; --kernel names another")
    return found


def images(plan: StudyPlan, say: Say) -> tuple[Image | None, ...]:
    """Those of all kernels of the plan, in its order."""
    return tuple(image(plan, kernel, say) for kernel in plan.kernel)


def usual() -> Image:
    """The kernel that a VM boots where none is named: the newest of `USUAL`, or where that cannot be had the newest of all."""
    try:
        return available.find(USUAL)
    except BarewireError:
        return _newest()


def _newest() -> Image:
    """PrerequisiteError when there is no kernel at all."""
    listing = available.listed()
    usable = [known for known in listing.kernels if not known.trouble]
    if not usable:
        raise PrerequisiteError(
            "there is no kernel that a VM could boot", said=" ".join(listing.notes),
            remedy="Name one by its path: --kernel PATH-to-vmlinuz",
        )  # fmt: skip
    return available.find(usable[-1].release)


def image_again(plan: StudyPlan, record: Mapping[str, Any], say: Say) -> Image | None:
    """The kernel that a run was begun on, by its `run.json`; without one, as for a new study."""
    if not plan.in_vm or not record:
        return image(plan, plan.kernel[0], say)
    return image_of(plan.kernel[0], str(record["environment"]["kernel"]).split()[1])


def image_of(asked: str, release: str) -> Image:
    """The kernel that `asked` came to when it was asked for first."""
    return available.find(asked if "/" in asked else release)


@contextmanager
def opened(plan: StudyPlan, found: Image | None, say: Say) -> Iterator[Testbed]:
    """The place for the body of the `with`; a VM ends with it."""
    if found is None:
        yield LocalTestbed()
        return
    with VmTestbed(found, plan.clock, plan.memory << 20, say=say) as testbed:
        yield testbed
