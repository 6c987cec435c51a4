"""Open the testbed of a plan's labs: this machine, or a VM for another kernel or the counted clock.

Which kernel it is is found out first and apart from starting it, so that what cannot be had is said before anything is
measured. A resumed run wants the very release that it was begun on, whatever a version has come to since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from barewire.records import RunRecord
from barewire.study.design.plan import HOST_KERNEL, StudyPlan
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from barewire.testbeds.testbed import Testbed
from barewire.testbeds.vm import kernels
from barewire.testbeds.vm.kernels import Image
from barewire.testbeds.vm.testbed import VmTestbed

Say = Callable[[str], None]
"""A callback for one line about a slow step or a fallback."""


def image(plan: StudyPlan, kernel: str, say: Say) -> Image | None:
    """The kernel to boot for `kernel`, which the plan names; None where labs are on this machine itself."""
    if not plan.in_vm:
        return None
    if kernel != HOST_KERNEL:
        return kernels.find(kernel)
    found = kernels.usual()
    say(f"the clock counts in a VM with Linux {found.release}; --kernel names another")
    return found


def images(plan: StudyPlan, say: Say) -> tuple[Image | None, ...]:
    """Those of all kernels of the plan, in its order."""
    return tuple(image(plan, kernel, say) for kernel in plan.kernel)


def image_again(plan: StudyPlan, record: RunRecord | None, say: Say) -> Image | None:
    """The kernel that a run was begun on, by its `run.json`; without one, as for a new study."""
    if not plan.in_vm or record is None:
        return image(plan, plan.kernel[0], say)
    return image_of(plan.kernel[0], record.environment["kernel"].split()[1])


def image_of(asked: str, release: str) -> Image:
    """The kernel that `asked` came to when it was asked for first."""
    return kernels.find(asked if "/" in asked else release)


@contextmanager
def opened(plan: StudyPlan, found: Image | None, say: Say) -> Iterator[Testbed]:
    """The testbed for the body of the `with`; a VM ends with it, and machines get back what they lent."""
    if plan.on_machines:
        with SshTestbed(parse_targets(plan.machines), say=say) as machines:
            yield machines
        return
    if found is None:
        yield LocalTestbed()
        return
    with VmTestbed(found, plan.clock, plan.memory << 20, say=say) as testbed:
        yield testbed
