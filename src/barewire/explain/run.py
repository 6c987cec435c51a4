"""Boot a counted VM with the plugin, build each network in it, and count where the instructions of a load go.

One VM for all networks, one lab for each, proved before it is loaded as every lab is. A first load, which is not counted,
makes what only a first one pays for (neighbours, flows, caches of the kernel). Then several are counted and added up, each
begun at another phase of the kernel's tick, so that no single tick weighs more than its share. All loads that are asked for run
in the same lab. Limit: ports and addresses are always the same; what they may change shows in a counted study's layouts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from barewire.errors import MeasurementError, PrerequisiteError
from barewire.explain import symbols
from barewire.explain.counter import Counter
from barewire.explain.counts import Counts
from barewire.explain.loads import CountedLoad
from barewire.explain.profile import StackProfile, fold
from barewire.explain.served import Measured, serving
from barewire.explain.symbols import Symbols
from barewire.lab.lab import Lab, built, missing
from barewire.model.network import Topology
from barewire.networks.network import Network
from barewire.results.explained import Skipped
from barewire.testbeds.testbed import Command, Testbed
from barewire.testbeds.vm.kernels import Image
from barewire.testbeds.vm.machine import VirtualMachine
from barewire.testbeds.vm.qemu import BOARDS
from barewire.testbeds.vm.testbed import VmTestbed

SECONDS, TIMES = 0.04, 4
"""Of virtual time, in so many loads: some 1200 round trips of the host's."""

_MACHINE = "x86_64"

_SYMBOL_SECONDS = 120
"""Of an emulated CPU, which makes some 200,000 lines for them."""

_APART = 0.15
"""Plugin and clock agree within 0.1 %, but for packets, of which the clock lacks the way into idleness and out of it."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Explained:
    """A network's loads as they were counted. `medians` and `by_clock` are what the generator's clock says, one of each load,
    ascending: instructions from request to answer, and of an operation as a counted study reports them."""

    network: str
    profile: StackProfile
    operations: int
    medians: tuple[int, ...]
    by_clock: tuple[float, ...]
    counted: int
    virtual_ns: int
    doubts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All networks, the baseline first."""

    release: str
    qemu: str
    load: CountedLoad
    seconds: float
    networks: tuple[Explained, ...]
    skipped: tuple[Skipped, ...]

    @property
    def baseline(self) -> Explained:
        return self.networks[0]


@dataclass(frozen=True, slots=True)
class _Found:
    """A load of a network, each of its runs as the generator and as the plugin report it, by addresses; and its lab's symbols."""

    network: str
    load: CountedLoad
    measured: Sequence[Measured]
    counted: Sequence[Counts]
    added: Symbols
    """Of modules and BPF programs: the next lab may have others at the same addresses."""

    def explained(self, kernel: Symbols, seconds: float) -> Explained:
        table = replace(kernel, added=self.added)
        operations = sum(one.operations for one in self.measured)
        return Explained(
            network=self.network,
            profile=fold(self.counted, table, operations),
            operations=operations,
            medians=tuple(sorted(one.median for one in self.measured if one.median is not None)),
            by_clock=tuple(sorted(one.by_clock for one in self.measured if one.by_clock is not None)),
            counted=sum(counts.total for counts in self.counted),
            virtual_ns=round(seconds * 1e9),
            doubts={name: sum(counts.doubts[name] for counts in self.counted) for name in self.counted[0].doubts},
        )


def run(
    image: Image, networks: Sequence[Network], loads: Sequence[CountedLoad], seconds: float, architecture: str, say: Say
) -> tuple[Explanation, ...]:
    """Explain each load, all in one VM. The first network is the baseline. The error of any network is raised."""
    if architecture != _MACHINE:
        raise PrerequisiteError(
            f"instructions are explained on {_MACHINE} only, and this is {architecture}",
            remedy="Use barewire study --clock counted, which reports their number",
        )
    with Counter(BOARDS[architecture].program) as counter:
        say(f"booting Linux {image.release}")
        with VmTestbed(image, "counted", say=say, extra=counter.arguments) as testbed:
            machine = _started(testbed)
            counter.connect()
            found: list[dict[CountedLoad, _Found]] = []
            skipped: list[Skipped] = []
            for network in networks:
                say(f"{network.name}")
                one = _count(network, testbed, counter, loads, seconds)
                if isinstance(one, Skipped):
                    skipped.append(one)
                else:
                    found.append(one)
            say("reading the kernel's symbols")
            kernel = symbols.parse(testbed.symbols())
            release, qemu = testbed.machine().release, str(machine.record()["qemu"])
    if skipped and skipped[0].network == networks[0].name:
        raise MeasurementError(f"the baseline {networks[0].name} could not be made", said=skipped[0].reason)
    return tuple(
        Explanation(
            release, qemu, load, seconds * load.how.times,
            tuple(one[load].explained(kernel, seconds * load.how.times) for one in found), tuple(skipped),
        )
        for load in loads
    )  # fmt: skip


def _started(testbed: VmTestbed) -> VirtualMachine:
    """The VM; a QEMU that was built without plugins ends at once and says so."""
    try:
        return testbed.start()
    except MeasurementError as error:
        if "plugin" not in error.said:
            raise
        raise PrerequisiteError(
            "this QEMU does not load plugins", said=error.said,
            remedy="Use one that was built with --enable-plugins, like Debian's: apt-get install qemu-system-x86",
        ) from error  # fmt: skip


def _count(
    network: Network, testbed: Testbed, counter: Counter, loads: Sequence[CountedLoad], seconds: float
) -> dict[CountedLoad, _Found] | Skipped:
    topology = Topology.uniform(2, 1)
    families = topology.addresses.families
    with testbed.open() as nodes:
        lacking = missing(network, nodes.probe(network.needs(families)), families)
    if lacking:
        return Skipped(network.name, lacking.reason, lacking.remedy)
    with built(network, topology, testbed) as lab:
        lab.prove()
        ordered = sorted(loads, key=lambda load: not load.how.offloads)
        runs = {load: _counted(load, lab, topology, counter, seconds / TIMES) for load in ordered}
        added = _added_symbols(lab)
    return {load: _Found(network.name, load, *runs[load], added) for load in ordered}


def _added_symbols(lab: Lab) -> Symbols:
    """What /proc/kallsyms has of modules and BPF programs while the lab is up."""
    name = lab.topology.nodes[0].name
    node = lab.nodes.node(name)
    done = node.wait(node.spawn(Command(name, ("grep", r"\[", "/proc/kallsyms"))), _SYMBOL_SECONDS)
    if done.status > 1:  # 1: there are none
        raise MeasurementError("the symbols of modules were not read", where=lab.network.name, said=done.stderr)
    return symbols.parse_added(done.stdout)


def _check_whole(load: CountedLoad, lab: Lab, counted: int, executed_ns: int | None) -> None:
    """MeasurementError when the plugin and the generator's clock disagree about how much one load executed."""
    if executed_ns and abs(counted / executed_ns - 1) > _APART:
        raise MeasurementError(
            "the plugin did not count the whole load", where=f"{lab.network.name}, {load.name}",
            said=f"{counted:,} instructions of {executed_ns:,} by the generator's clock",
            remedy="Try it again; if it happens again, please report it",
        )  # fmt: skip


def _counted(
    load: CountedLoad, lab: Lab, topology: Topology, counter: Counter, seconds: float
) -> tuple[Sequence[Measured], Sequence[Counts]]:
    measured: list[Measured] = []
    counted: list[Counts] = []
    if not load.how.offloads:
        lab.without_offloads()
    with serving(load, lab, topology, seconds) as once:
        once(0)
        for time in range(TIMES):
            counter.start()
            measured.append(once(time * load.how.step_ns))
            counted.append(counter.stop())
            _check_whole(load, lab, counted[-1].total, measured[-1].executed_ns)
    return measured, counted
