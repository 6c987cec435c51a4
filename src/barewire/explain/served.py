"""Run one load in a lab repeatedly: its servers start once, and each run starts at another phase of the timer tick.

A run has the generator's own figures, which a counted study would report: the plugin's counts can be
held against it. One server serves all runs of a load, but for one-way packets, whose sink must be asked after each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from barewire.errors import LoadError
from barewire.explain.loads import CountedLoad
from barewire.lab.lab import Lab
from barewire.model.network import Topology
from barewire.workloads.definition.lab_path import LabPath
from barewire.workloads.generator import counted, packets
from barewire.workloads.generator import load as generator


@dataclass(frozen=True, slots=True)
class Measured:
    """`operations` that were done; instructions of one by the clock, and from request to answer: None without answers.
    `executed_ns` is the recorded time without idle time, by the generator's clock; None where the kernel does not report idle
    time."""

    operations: int
    by_clock: float | None
    median: int | None
    executed_ns: int | None = None


Once = Callable[[int], Measured]
"""Runs a load that begins so many ns after a tick; LoadError when it fails."""


@contextmanager
def serving(load: CountedLoad, lab: Lab, topology: Topology, seconds: float) -> Iterator[Once]:
    """Between pods of two nodes, `seconds` each time."""
    path = LabPath(lab)
    # The same port whichever loads came before: a port is part of the numbers.
    port = topology.ports(topology.ends[1]).start + load.how.port

    def send(phase_ns: int) -> Measured:
        spec = load.workload.explained_bursts(seconds, phase_ns)
        result = packets.run(path, port, (), (), spec)
        if result.received != result.sent or not result.sent:
            raise LoadError(
                "packets were lost, so the count per packet is not valid", where=lab.network.name,
                said=f"{result.received} of {result.sent} arrived",
            )  # fmt: skip
        return Measured(
            result.sent,
            counted.packets_figure(result.sent, result.exact).value,
            None,
            result.exact.executed_ns if result.exact else None,
        )

    def ask(phase_ns: int) -> Measured:
        spec = load.workload.explained_spec(path.target(port), path.congestion, seconds, phase_ns, load.how.times)
        return _measured(load, generator.run(path.client.node, path.client.namespace, spec), lab.network.name)

    if load.workload.one_way:
        yield send
        return
    running = path.serve("serve", [load.workload.explained_service(port)], ())
    yield ask
    running.stop()


def _measured(load: CountedLoad, result: generator.LoadResult, name: str) -> Measured:
    if not result.completed:
        raise LoadError("nothing was answered", where=name, said="no operation was completed")
    figure = load.workload.figure(result.exact)
    if figure is None or result.exact is None:
        raise LoadError("the load generator kept no exact values", where=name)
    median = result.exact.values["latency"].median()
    return Measured(result.completed * load.how.per_request, figure.value, median, result.exact.executed_ns)
