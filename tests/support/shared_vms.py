"""VMs that files of tests/vm share: a boot takes some 15 s of CPU time.

The files of `SHARE_A_VM` (tests/support/vm.py) use one VM of the newer kernel, one after the other in the same process, and
those of `SHARE_A_COUNTING_VM` the VM that `barewire explain` has booted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any
from unittest import mock

from barewire.explain import run
from barewire.explain.counter import Counter
from barewire.testbeds.vm.qemu import BOARDS
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.vm import SHARE_A_COUNTING_VM, SHARE_A_VM, SHARED_KERNEL, image

CountingVm = tuple[VmTestbed, Counter]

_opened = ExitStack()
_shared: list[VmTestbed] = []
_counting: list[CountingVm] = []


def shared_vm() -> VmTestbed:
    """The VM of `SHARE_A_VM`, booted by the first who asks for it."""
    if not _shared:
        _shared.append(_opened.enter_context(VmTestbed(image(SHARED_KERNEL), "counted")))
    return _shared[0]


def counting_vm() -> CountingVm:
    """The VM of `SHARE_A_COUNTING_VM` and its plugin, booted by the first who asks for it."""
    if not _counting:
        counter = _opened.enter_context(Counter(BOARDS["x86_64"].program))
        testbed = _opened.enter_context(VmTestbed(image(SHARED_KERNEL), "counted", extra=counter.arguments))
        testbed.start()
        counter.connect()
        _counting.append((testbed, counter))
    return _counting[0]


@contextmanager
def explain_keeps_its_vm() -> Iterator[None]:
    """What `barewire explain` boots in this process is not ended with it, but becomes the VM of `counting_vm`."""
    kept: dict[str, Any] = {}

    def keeping(kind: type[Any]) -> Callable[..., Any]:
        def opened(*arguments: Any, **named: Any) -> Any:
            kept[kind.__name__] = _opened.enter_context(kind(*arguments, **named))
            return nullcontext(kept[kind.__name__])

        return opened

    with mock.patch.multiple(run, Counter=keeping(Counter), VmTestbed=keeping(VmTestbed)):
        yield
    _counting.append((kept["VmTestbed"], kept["Counter"]))


def files_of_one_vm(name: str) -> tuple[str, ...]:
    """The files of tests/vm that share a VM with that one; none if it shares none."""
    return next((files for files in (SHARE_A_VM, SHARE_A_COUNTING_VM) if name in files), ())


def end() -> None:
    """End the VMs that are shared."""
    _shared.clear()
    _counting.clear()
    _opened.close()
