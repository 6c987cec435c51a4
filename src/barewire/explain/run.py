"""Boot a counted VM with the plugin, build each network in it, and count where the instructions of a load go.

One VM for all networks, one lab for each, proved before it is loaded as every lab is. A first load, which is not counted,
makes what only a first one pays for (neighbours, flows, caches of the kernel). Then several are counted and added up, each
begun at another phase of the kernel's tick, so that no single tick weighs more than its share. Limit: ports and addresses
are always the same; what they may change shows in a counted study's layouts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from barewire.errors import LoadError, MeasurementError, PrerequisiteError
from barewire.explain import symbols
from barewire.explain.counter import Counter
from barewire.explain.counts import Counts
from barewire.explain.loads import Load
from barewire.explain.profile import Profile, fold
from barewire.lab.lab import built, missing
from barewire.measure import load as generator
from barewire.measure import server
from barewire.model.network import Topology
from barewire.networks.network import Network
from barewire.places.place import Command, Place, Sandbox
from barewire.places.vm.image import Image
from barewire.places.vm.machine import VirtualMachine
from barewire.places.vm.place import VmPlace
from barewire.places.vm.qemu import BOARDS

SECONDS, TIMES = 0.04, 4
"""Of virtual time, in so many loads: some 1200 round trips of the host's."""

_TICK_NS = 4_000_000

_SLACK_SECONDS = 300.0
_MACHINE = "x86_64"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Explained:
    """A network's loads as they were counted. `medians` are those of the round trips as the client saw them, in instructions:
    one of each load, ascending."""

    network: str
    profile: Profile
    operations: int
    medians: tuple[int, ...]
    counted: int
    virtual_ns: int
    doubts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A network that this kernel cannot make."""

    network: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Answer:
    """All networks, the baseline first."""

    release: str
    qemu: str
    load: Load
    seconds: float
    networks: tuple[Explained, ...]
    skipped: tuple[Skipped, ...]

    @property
    def baseline(self) -> Explained:
        return self.networks[0]


def run(image: Image, networks: Sequence[Network], load: Load, seconds: float, architecture: str, say: Say) -> Answer:
    """The first network is the baseline. Errors of a single network go up: an answer without it was not asked for."""
    if architecture != _MACHINE:
        raise PrerequisiteError(
            f"instructions are explained on {_MACHINE} only, and this is {architecture}",
            remedy="Take barewire study --clock counted, which tells how many there are",
        )
    with Counter(BOARDS[architecture].program) as counter:
        say(f"booting Linux {image.release}")
        with VmPlace(image, "counted", say=say, extra=counter.arguments) as place:
            machine = _started(place)
            counter.connect()
            found: list[tuple[Network, int, list[int], list[Counts]]] = []
            skipped: list[Skipped] = []
            for network in networks:
                say(f"{network.name}")
                one = _count(network, place, counter, load, seconds)
                if isinstance(one, Skipped):
                    skipped.append(one)
                else:
                    found.append((network, *one))
            # Last, since a network brings its modules with it.
            say("reading the kernel's symbols")
            table = symbols.parse(place.symbols())
            release, qemu = place.machine().release, str(machine.record()["qemu"])
    if not found or found[0][0] is not networks[0]:
        raise MeasurementError(f"the baseline {networks[0].name} could not be made", said=skipped[0].reason)
    explained = tuple(
        Explained(
            network.name, fold(counted, table, operations), operations, tuple(medians),
            sum(counts.total for counts in counted), round(seconds * 1e9), _added(counted),
        )
        for network, operations, medians, counted in found
    )  # fmt: skip
    return Answer(release, qemu, load, seconds, explained, tuple(skipped))


def _started(place: VmPlace) -> VirtualMachine:
    """The VM; a QEMU that was built without plugins ends at once and says so."""
    try:
        return place.start()
    except MeasurementError as error:
        if "plugin" not in error.said:
            raise
        raise PrerequisiteError(
            "this QEMU takes no plugin of ours", said=error.said,
            remedy="Use one that was built with --enable-plugins, like Debian's: apt-get install qemu-system-x86",
        ) from error  # fmt: skip


def _added(counted: Sequence[Counts]) -> dict[str, int]:
    return {name: sum(counts.doubts[name] for counts in counted) for name in counted[0].doubts}


def _count(
    network: Network, place: Place, counter: Counter, load: Load, seconds: float
) -> tuple[int, list[int], list[Counts]] | Skipped:
    topology = Topology.of(2, 1)
    client = topology.pods[0]
    answers = next(pod for pod in topology.pods if pod.node == topology.nodes[1].index)
    with place.open() as sandbox:
        lacking = missing(network, sandbox.probe(network.needs))
    if lacking:
        return Skipped(network.name, lacking.reason, lacking.remedy)
    with built(network, topology, place) as lab:
        lab.prove()
        service = load.service(topology.ports(answers).start)
        address = network.pod_address(topology, answers, 4)
        running = server.start("serve", lab.sandbox, lab.namespace(answers), address, (), [service])
        target = network.target(topology, answers, service.port, 4)
        measured: list[generator.LoadResult] = []
        counted: list[Counts] = []
        for time in range(-1, TIMES):
            phase = max(time, 0) * _TICK_NS // TIMES
            spec = load.spec(str(target.address), target.port, lab.congestion, seconds / TIMES, phase)
            command = generator.command(lab.namespace(client), spec)
            if time < 0:
                _run(lab.sandbox, command, network.name)
                continue
            counter.start()
            measured.append(_run(lab.sandbox, command, network.name))
            counted.append(counter.stop())
        running.stop()
    medians = sorted(_median(one, network.name) for one in measured)
    return sum(one.completed for one in measured), medians, counted


def _run(sandbox: Sandbox, command: Command, name: str) -> generator.LoadResult:
    done = sandbox.wait(sandbox.spawn(command), _SLACK_SECONDS)
    if done.status != 0:
        said = " ".join(done.stderr.split()) or f"status {done.status}"
        raise LoadError("the load generator failed", where=name, said=said)
    result = generator.parse(done.stdout)
    if not result.completed:
        raise LoadError("nothing was answered", where=name, said="no operation was completed")
    return result


def _median(measured: generator.LoadResult, name: str) -> int:
    if measured.exact is None:
        raise LoadError("the load generator kept no exact values", where=name)
    return measured.exact.values["latency"].median()
