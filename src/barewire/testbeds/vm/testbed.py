"""The testbed of a study on another kernel or with the counted clock: labs in a VM.

One VM serves all labs, one after another, because a boot costs more than a lab. When it dies, the lab that was open is
lost, and the next one gets another VM.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from barewire.errors import BarewireError, MeasurementError
from barewire.kernel import cgroup
from barewire.kernel import machine as kernel_machine
from barewire.kernel.counters import Counters
from barewire.kernel.features import Feature
from barewire.kernels.image import Image
from barewire.model.network import Topology
from barewire.model.objects import DesiredState
from barewire.testbeds import underlay
from barewire.testbeds.inside.init import CLOSE
from barewire.testbeds.requests import LabNamespaces
from barewire.testbeds.testbed import Finished
from barewire.testbeds.vm import boot
from barewire.testbeds.vm.machine import VirtualMachine
from barewire.testbeds.vm.port import Ended
from barewire.testbeds.vm.qemu import Clock

_CLOSE_SECONDS = 120
_JUMPS = 1000
"""How much faster than the host's an idle counted guest's time may run, at most, for limits of time."""

SLACK_SECONDS = 20.0
"""What a load is given beside its own length, by all who wait for one."""

MEMORY_BYTES = 1 << 30

_REMEDY = "Take another kernel (`barewire kernels` lists what each has), or build it into this one"

Say = Callable[[str], None]


class VmTestbed:
    """A testbed with the kernel `image`. The VM starts with the first request, or with `start`."""

    name = "vm"

    def __init__(
        self, image: Image, clock: Clock = "wall", memory_bytes: int = MEMORY_BYTES, *, say: Say = lambda text: None,
        extra: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """`say` is a callback for one line of news (no KVM, another VM); `extra` are more arguments for QEMU."""
        self.image, self.clock, self.memory_bytes = image, clock, memory_bytes
        self._say, self._extra = say, extra
        self._vm: VirtualMachine | None = None
        self._described: tuple[VirtualMachine, kernel_machine.Machine] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the VM."""
        if self._vm is not None:
            self._vm.close()
            self._vm = None

    def restart(self) -> None:
        """End the VM; the next lab boots another."""
        self.close()

    def start(self) -> VirtualMachine:
        """The running VM, booted if there is none or the last one died."""
        if self._vm is not None and not self._vm.alive:
            self._say("the VM has died; starting another")
            self.close()
        if self._vm is None:
            began = time.monotonic()
            self._vm = boot.boot(self.image, self.clock, self.memory_bytes, self._extra, self._say)
            took, made = time.monotonic() - began, self._vm.record()
            self._say(
                f"Linux {self.image.release} booted in a VM in {took:.0f} s (QEMU {made['qemu']}, {made['acceleration']}, "
                f"{self.clock} clock)"
            )
        return self._vm

    def machine(self) -> kernel_machine.Machine:
        """The guest, with the settings that QEMU has of it. Asked once: nobody changes it, and an open lab has the port."""
        vm = self.start()
        if self._described is None or self._described[0] is not vm:
            described: kernel_machine.Machine = vm.ask("machine")
            self._described = vm, replace(described, vm=vm.record())
        return self._described[1]

    def machines(self) -> tuple[kernel_machine.Machine, ...]:
        return ()

    def underlay(self, topology: Topology, *, wants_switch: bool) -> DesiredState:
        return underlay.desired_state(topology, wants_switch=wants_switch)

    def refusal(self, name: str, desired: DesiredState, *, programs: bool) -> Feature | None:
        return None  # its namespaces are nobody else's

    @contextmanager
    def open(self) -> Iterator[VmNamespaces]:
        """A lab for the body of the `with`; one at a time."""
        machine = self.machine()
        nodes = VmNamespaces(self.start(), machine)
        try:
            yield nodes
        finally:
            nodes.close()

    def symbols(self) -> str:
        """The guest's /proc/kallsyms: where the kernel's and its modules' functions are."""
        return str(self.start().ask("symbols"))


class VmNamespaces(LabNamespaces):
    """One lab; see `testbeds.testbed.LabNodes` for the operations."""

    def __init__(self, vm: VirtualMachine, machine: kernel_machine.Machine) -> None:
        self._vm, self._machine = vm, lambda: machine
        self._connection = vm.connection
        self._over, self._asking, self._load_seconds = False, True, 0.0
        try:
            with vm.running():
                self._connection.send(("open", ()))
                self.init_pid: int = self._receive(None)
                self.privilege: str = self._receive(None)
        except BarewireError:
            self._asking = False  # its holder has said why, and ends
            self.close(asked=False)
            raise
        except OSError as error:
            raise self._lost() from error
        except BaseException:
            self.close()
            raise
        self._asking = False

    def probe(self, names: Iterable[str]) -> dict[str, Feature]:
        """A missing feature has a remedy that helps in a VM, into which no module can be loaded."""
        found = super().probe(names)
        return {name: one if one.available else replace(one, remedy=_REMEDY) for name, one in found.items()}

    def counters(self, node: str = "") -> Counters:
        """With the time for which a CPU quota of this machine has stopped QEMU, which the guest cannot see."""
        return replace(super().counters(node), throttled_ns=cgroup.throttled_ns())

    def wait_listening(self, process: int, seconds: float) -> None:
        super().wait_listening(process, self._limit(seconds))

    def wait(self, process: int, seconds: float) -> Finished:
        self._load_seconds = max(0.0, seconds - SLACK_SECONDS)
        try:
            return super().wait(process, self._limit(seconds))
        finally:
            self._load_seconds = 0.0

    def close(self, *, asked: bool = True) -> None:
        """End the lab and wait for it. A VM that is in the middle of something is ended with it: its answer would be taken
        for another's."""
        if self._over or not self._vm.alive:
            return
        self._over = True
        try:
            if self._asking:
                raise EOFError
            with self._vm.running():
                if asked:
                    self._connection.send((CLOSE, ()))
                if not self._connection.poll(_CLOSE_SECONDS):
                    raise EOFError
                answer = self._connection.recv()
            if not isinstance(answer[0], Ended):
                raise EOFError
        except (EOFError, OSError):
            self._vm.close()

    def _request(self, method: str, arguments: tuple[Any, ...], seconds: float | None) -> Any:
        self._asking = True
        try:
            with self._vm.running():
                answer = super()._request(method, arguments, seconds)
        except BarewireError:
            self._asking = False
            raise
        self._asking = False  # and not in a finally: after an interrupt the answer is still to come
        return answer

    def _limit(self, seconds: float) -> float:
        """A counted guest that waits for a file of the host's is idle, and then its time jumps from timer to timer."""
        return seconds * _JUMPS if self._vm.machine.clock == "counted" else seconds

    def _receive(self, seconds: float | None) -> Any:
        self._vm.await_answer(self._load_seconds)
        value = super()._receive(seconds)
        if isinstance(value, Ended):
            self._over = True
            raise MeasurementError("the lab's first process ended unexpectedly", said=f"status {value.status}")
        return value

    def _lost(self) -> MeasurementError:
        self._over = True
        return self._vm.lost()
