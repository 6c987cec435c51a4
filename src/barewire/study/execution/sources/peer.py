"""Candidates that exist: addresses of a peer, which `barewire serve` serves on, reached from this machine.

Nothing is built, so a trial opens nothing but fresh processes on both machines. The connection lasts as long as the study; one
that broke is made again for the next trial, and a peer that is gone ends the study, which `--resume` goes on with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from barewire.endpoints.machine import OWN, SharedMachine, shared
from barewire.endpoints.peer import answers, messages, observation
from barewire.endpoints.peer.authentication import read_token
from barewire.endpoints.peer.connection import PeerAddress, PeerConnection
from barewire.endpoints.peer.machine_facts import describe_here
from barewire.endpoints.peer.path import PeerPath
from barewire.errors import BarewireError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernel.machine import Machine, describe
from barewire.kernel.processors import Processors
from barewire.lab import pinning
from barewire.lab.pinning import Pinning
from barewire.lab.proof import PROOF_PORT_OFFSET
from barewire.model.objects import IPAddress
from barewire.records import (
    Built,
    EnvironmentRecord,
    Finding,
    InstrumentRecord,
    NetworkRecord,
    ProofRecord,
    RunRecord,
)
from barewire.records.environment import PeerRecord
from barewire.results import BASELINE
from barewire.study.design.peers import parse_endpoints, parse_peer
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.source import Candidate
from barewire.study.execution.testbeds import Say
from barewire.testbeds.local import LocalTestbed
from barewire.workloads.definition.site import Layout
from barewire.workloads.generator import descriptors, load, selftest

_PROGRAMS_THERE = ("nginx", "iperf3")
_CONGESTION = "net.ipv4.tcp_congestion_control"
_LONGEST_LOAD_S, _IDLE_SLACK_S = 60.0, 120.0


@dataclass(frozen=True, slots=True)
class PeerCandidate(PeerPath):
    """An endpoint of a study."""

    port: int = field(kw_only=True)
    mtu: int = field(kw_only=True)
    machine: Machine = field(kw_only=True)
    peer: PeerRecord = field(kw_only=True)

    def verify(self) -> ProofRecord:
        """What packets do on the way, or that it is unknown."""
        return observation.observe(self, self.port, self.mtu).record()

    def setup(self) -> Built | None:
        """Nothing was built."""
        return None

    def environment(self) -> EnvironmentRecord:
        return describe_here(self.machine, self.here, self.peer)


class PeerSource:
    """See `CandidateSource` for the operations."""

    def __init__(self, plan: StudyPlan, token: bytes, here: SharedMachine, stack: ExitStack, say: Say) -> None:
        self.plan, self._token, self._here, self._say = plan, token, here, say
        self._endpoints = addresses_of(plan)
        self._address = PeerAddress(*parse_peer(plan.peer))
        self._machine = describe()
        self._connection, self._joined = self._connect()
        stack.callback(lambda: self._connection.close())

    @property
    def first_port(self) -> int:
        return self.plan.port

    @property
    def delay_ns(self) -> int:
        return 0

    def require(self) -> None:
        require_here(self.plan)
        wanted = {name for one in self.plan.drivers for name in one.programs}
        wanted |= {self.plan.server} if self.plan.server != "serve" and self.plan.has_http else set()
        lacking = sorted(name for name in wanted & set(_PROGRAMS_THERE) if name not in self._joined.programs)
        if lacking:
            other = ", or give --server serve" if lacking == ["nginx"] else ""
            raise PrerequisiteError(
                f"{' and '.join(lacking)} is not installed on the peer", where=str(self._address),
                remedy=f"Install it there{other}",
            )  # fmt: skip

    def survey(self) -> tuple[Candidate, ...]:
        found = tuple(self._candidate(name) for name in self.plan.networks)
        for one in found:
            if one.name == BASELINE and not one.measured:
                raise PrerequisiteError(
                    "the host, the baseline, cannot be measured", where=str(self._address), said=one.reason,
                    remedy=one.remedy,
                )  # fmt: skip
        return found

    def _candidate(self, name: str) -> Candidate:
        if shut := self._here.shut.get(name):
            return Candidate(name, (shut.said and f"{shut.what}: {shut.said}") or shut.what, shut.remedy)
        facts = self._joined.endpoints.get(name)
        return Candidate(name, facts.lacking, facts.remedy) if facts else Candidate(name, "the peer does not know it")

    def record(self, candidate: Candidate) -> NetworkRecord:
        return NetworkRecord(candidate.name, candidate.measured, candidate.reason, candidate.remedy)

    def refuse_changed(self, record: RunRecord, where: str) -> None:
        """Addresses are part of the plan, and the machines are compared by their environment."""

    def processors(self) -> Processors:
        return self._machine.processors

    def pinning(self) -> Pinning:
        there = pinning.CpuChoice(
            self.plan.server_cpus, self._joined.cpus, self._joined.interrupted, f"the peer {self._address}"
        )
        here = self._machine
        return pinning.choose_apart(
            there,
            pinning.CpuChoice(self.plan.client_cpus, here.cpus, here.processors.most_interrupted),
            self.plan.timing,
        )

    @contextmanager
    def open(self, name: str, layout: Layout | None = None) -> Iterator[PeerCandidate]:
        """Nothing is made for it; whatever a trial leaves running at the peer is ended after it."""
        if self._connection.closed:
            self._say(f"the connection to the peer {self._address} is made again")
            self._connection, self._joined = self._connect()
        facts = self._joined.endpoints[name]
        try:
            netns = self._here.clients.get(name, OWN)
            congestion = self._here.node.sysctl(netns, _CONGESTION)
            yield PeerCandidate(
                name, self._endpoints[name], congestion.strip(), self._here, netns, self._connection,
                port=self.first_port + PROOF_PORT_OFFSET, mtu=facts.mtu, machine=self._machine,
                peer=self._joined.machine,
            )  # fmt: skip
        finally:
            self._connection.end_servers()

    def instrument(self, pinning: Pinning, effort: float) -> InstrumentRecord:
        """Of the generator here, in a lab of this machine, where it can have one."""
        try:
            return selftest.run(
                LocalTestbed(), own_pinning(self.plan, self._machine), selftest.QUICK.times(effort)
            ).record()
        except BarewireError as error:
            return InstrumentRecord(failed=str(error))

    def restart(self, group: int) -> None:
        """Nothing outlives a trial."""

    def _connect(self) -> tuple[PeerConnection, answers.Joined]:
        connection = PeerConnection(self._address, self._token)
        try:
            silent = min(messages.MOST_IDLE_S, 2 * (self.plan.seconds or _LONGEST_LOAD_S) + _IDLE_SLACK_S)
            return connection, connection.join(self._endpoints, silent)
        except BaseException:
            connection.close()
            raise


def addresses_of(plan: StudyPlan) -> dict[str, IPAddress]:
    """The endpoints' addresses, which is all that the peer learns of them."""
    return {name: one.address for name, one in parse_endpoints(plan.endpoints).items()}


def own_pinning(plan: StudyPlan, machine: Machine) -> Pinning:
    """CPUs of client and server where both are here, for what the generator costs."""
    return pinning.choose("auto", plan.client_cpus, plan.timing, machine.cpus, machine.processors)


def require_here(plan: StudyPlan) -> None:
    """PrerequisiteError for what this machine lacks as the client."""
    programs.require(list(dict.fromkeys(name for one in plan.drivers for name in one.programs)))
    load.program()
    descriptors.require(plan.connections, plan.threads)


def client_cpus(plan: StudyPlan, machine: Machine) -> tuple[int, ...]:
    """The CPUs of this machine that the study will use."""
    here = pinning.CpuChoice(plan.client_cpus, machine.cpus, machine.processors.most_interrupted)
    return pinning.choose_apart(here, here, plan.timing).client


def examine_peer(plan: StudyPlan, seconds: float) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The pre-flight there, on the CPUs that the servers will have: reasons against a study, and remarks."""
    address = PeerAddress(*parse_peer(plan.peer))
    with PeerConnection(address, read_token(Path(plan.token_file))) as connection:
        joined = connection.join(addresses_of(plan), _IDLE_SLACK_S)
        choice = pinning.CpuChoice(plan.server_cpus, joined.cpus, joined.interrupted, f"the peer {address}")
        cpus = pinning.choose_apart(choice, pinning.CpuChoice("auto", (0,), None), plan.timing).server
        found = connection.ask(messages.Examine("examine", cpus, min(10.0, seconds)), answers.Examined, 2 * seconds)
    there = [tuple(Finding(one.rule, f"on the peer {one.detail}") for one in some)
             for some in (found.reasons, found.remarks)]  # fmt: skip
    return there[0], there[1]


@contextmanager
def opened(plan: StudyPlan, say: Say) -> Iterator[PeerSource]:
    """The source of a plan for the body of the `with`; LostPeerError where the peer is not there."""
    token = read_token(Path(plan.token_file))
    with ExitStack() as stack:
        clients = {one.name: one.netns for one in parse_endpoints(plan.endpoints).values() if one.netns}
        here = stack.enter_context(shared({}, clients))
        yield PeerSource(plan, token, here, stack, say)
