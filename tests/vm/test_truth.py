"""Known causes by the counted clock: what rules of nft and delays of netem add is what comes out, in instructions and in time.

One VM for all, that of the tests of `explain`, with the plugin that counts what is executed, so that the clock's figure has a
second witness.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from barewire.explain import symbols
from barewire.explain.counts import Counts
from barewire.explain.loads import load as explained
from barewire.explain.profile import StackProfile, fold
from barewire.explain.run import SECONDS
from barewire.explain.stages import standard
from barewire.explain.symbols import Symbols
from barewire.lab.lab import Lab, built
from barewire.model.network import Topology, Wire
from barewire.model.objects import DesiredState, NftTable
from barewire.networks import catalogue
from barewire.records import CountedFigure
from barewire.results.waits import GRAIN_NS, OVERLAP_NS
from barewire.testbeds.vm.testbed import VmTestbed
from barewire.units import Nanoseconds
from barewire.workloads.generator import counted, load
from barewire.workloads.generator.exact import Exact
from barewire.workloads.servers import server
from tests.support.shared_vms import CountingVm, counting_vm

MICROSECOND = 1000
KNOWN_US = (1, 5, 50)
TICK_NS = 64
"""netem keeps a delay in ticks of the kernel's packet scheduler (PSCHED_SHIFT is 6) and `tc` rounds down to them."""


@pytest.fixture(scope="module")
def made() -> CountingVm:
    return counting_vm()


@dataclass(frozen=True)
class Seen:
    """One load of TCP round trips, by the clock and by the plugin."""

    figure: CountedFigure
    exact: Exact
    counts: Counts
    completed: int

    @property
    def instructions(self) -> float:
        return self.figure.value or 0.0

    @property
    def latency_ns(self) -> int:
        return self.exact.values["service"].median()

    @property
    def cycle_ns(self) -> float:
        return counted.mean(self.exact.values["cycle"])

    def executed(self, table: Symbols) -> float:
        """Instructions of a round trip by the plugin, without the idle loop."""
        return self.profile(table).total - self.profile(table).by_stage(standard())["idle"]

    def profile(self, table: Symbols) -> StackProfile:
        return fold([self.counts], table, self.completed)


@contextmanager
def host(testbed: VmTestbed, delay_ns: int = 0) -> Iterator[Lab]:
    """The host network with a server, its wire that slow each way."""
    topology = Topology.uniform(2, 1, wire=Wire(delay=Nanoseconds(delay_ns)))
    with built(catalogue.network(catalogue.parse("host")), topology, testbed) as lab:
        lab.prove()
        workload, pod = explained("tcp-rr").workload, topology.pods[1]
        serving = server.start(
            "serve", lab.node(pod), lab.namespace(pod), lab.network.pod_address(topology, pod, 4), (),
            [workload.explained_service(topology.ports(pod).start)],
        )  # fmt: skip
        yield lab
        serving.stop()


def round_trips(made: CountingVm, lab: Lab) -> Seen:
    workload, pod = explained("tcp-rr").workload, lab.topology.pods[1]
    target = lab.network.target(lab.topology, pod, lab.topology.ports(pod).start, 4)
    made[1].start()
    spec = workload.explained_spec(target, lab.congestion, SECONDS, 0)
    result = load.run(lab.node(lab.topology.pods[0]), lab.namespace(lab.topology.pods[0]), spec)
    counts = made[1].stop()
    figure = workload.figure(result.exact)
    assert figure is not None and result.exact is not None
    return Seen(figure, result.exact, counts, result.completed)


def rules(lab: Lab, number: int) -> None:
    """So many rules, of which none fits, where requests arrive."""
    lines = "\n".join("ip saddr 203.0.113.1 drop" for _ in range(number))
    body = f"chain arriving {{\n  type filter hook input priority 0; policy accept;\n{lines}\n}}"
    server_node = lab.namespace(lab.topology.pods[1])
    lab.nodes.apply(lab.desired.merged(DesiredState({server_node: (NftTable("ip", "truth", body),)})))


def test_rules_of_nft_add_their_instructions_and_latency(made: CountingVm) -> None:
    with host(made[0]) as lab:
        found = {}
        for number in (50, 250):
            rules(lab, number)
            found[number] = round_trips(made, lab)
        each = (found[250].instructions - found[50].instructions) / 200
        assert 20 < each < 500
        for microseconds in KNOWN_US:
            number = 50 + round(microseconds * MICROSECOND / each)
            rules(lab, number)
            seen, known = round_trips(made, lab), (number - 50) * each
            print(f"{number - 50} rules are {known:.0f}: {seen.instructions - found[50].instructions:.0f} came out")
            assert seen.instructions - found[50].instructions == pytest.approx(known, abs=0.001 * known + 10)
            assert seen.latency_ns - found[50].latency_ns == pytest.approx(known, abs=0.001 * known + 10)
            assert seen.figure.idle_ns == 0


def netem(delay_ns: int) -> int:
    """What netem makes of a delay there and back."""
    return 2 * (delay_ns // TICK_NS * TICK_NS)


def test_a_delay_adds_itself_to_latency_and_its_own_instructions(made: CountingVm) -> None:
    with host(made[0]) as lab:
        plain = round_trips(made, lab)
    assert plain.figure.idle_ns == 0
    waiting: dict[int, Seen] = {}
    for microseconds in (20, *(20 + more for more in KNOWN_US)):
        with host(made[0], microseconds * MICROSECOND) as lab:
            waiting[microseconds] = round_trips(made, lab)
    table = symbols.parse(made[0].symbols())
    for microseconds, seen in waiting.items():
        delay = netem(microseconds * MICROSECOND)
        added = seen.latency_ns - plain.latency_ns
        print(
            f"{delay} ns: {added} in latency, {seen.instructions:.0f} instructions, {seen.executed(table):.0f} by the plugin"
        )
        # Without a delay the one CPU does after a packet is sent what it does meanwhile with one.
        assert delay - OVERLAP_NS < added <= delay
        # From one delay to another nothing is hidden anew.
        assert added - (waiting[20].latency_ns - plain.latency_ns) == pytest.approx(
            delay - netem(20 * MICROSECOND), abs=GRAIN_NS
        )
        # What waits is executed by nobody; a timer, its interrupt and the way into idleness and back are.
        assert plain.instructions < seen.instructions < 1.3 * plain.instructions
        assert (seen.figure.idle_share or 0) > 0.3
        # The plugin counts the client's way from an answer to the next request too.
        between = seen.cycle_ns - counted.mean(seen.exact.values["service"])
        assert seen.instructions + between == pytest.approx(seen.executed(table), rel=0.01)
