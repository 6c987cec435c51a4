"""Candidates of a cluster as it stands: the ways between pods on two of its nodes (`testbeds.kubernetes.ways`).

Pods are made once for a study, because each start loads the API server and both nodes; processes are new in each trial. A restart
makes new pods, on the next pair of nodes where the plan has several. Pods that are lost end the study with a sentence, because no
later trial could be measured; a resume makes new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address

from barewire.errors import BarewireError, MeasurementError, PrerequisiteError, RunError
from barewire.kernel.processors import Processors
from barewire.lab.pinning import Pinning
from barewire.model.objects import IPAddress
from barewire.records import InstrumentRecord, NetworkRecord, PreflightRecord, ProofRecord, RunRecord
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.source import Candidate
from barewire.study.execution.sources import neighbours, trying
from barewire.study.execution.sources.pod_path import PodPath, address_of
from barewire.testbeds import kubernetes
from barewire.testbeds.kubernetes import cni_reader, deployment, description, nodes, ways
from barewire.testbeds.kubernetes.carried import carry
from barewire.testbeds.kubernetes.cni_files import parse_folder
from barewire.testbeds.kubernetes.connection import Cluster, ClusterError, connected
from barewire.testbeds.kubernetes.deployment import Deployment
from barewire.testbeds.kubernetes.manifests import StudyObjects
from barewire.testbeds.kubernetes.ways import ClusterWay
from barewire.workloads.definition.site import Layout
from barewire.workloads.definition.workload import OWN_OFFSET

_SHARED_PORTS = 10
_LONGEST_S, _SLACK_S, _ATTEMPTS = 7 * 86400, 900, 4
_INVALID = 422
"""HTTP's code of an object that the cluster cannot have: an IP version that it lacks, no port left."""
Say = Callable[[str], None]


@contextmanager
def opened(plan: StudyPlan, say: Say) -> Iterator[KubernetesSource]:
    """The source of a study, whose objects are in the cluster for the body of the `with`."""
    kubernetes.require()
    with connected(plan.context, plan.namespace) as cluster, ExitStack() as stack:
        source = KubernetesSource(plan, cluster, say, stack)
        source.deploy()
        yield source


class KubernetesSource:
    """See `CandidateSource` for the operations."""

    def __init__(self, plan: StudyPlan, cluster: Cluster, say: Say, stack: ExitStack) -> None:
        self.plan, self._cluster, self._say, self._stack = plan, cluster, say, stack
        self._ways = {name: ways.find(name) for name in plan.networks}
        self._known = nodes.listed(cluster)
        self._pairs = nodes.pairs(self._known, plan.node_names, plan.pairs)
        self._pair = 0
        self._reasons: dict[str, BarewireError] = {}
        self._deployment: Deployment | None = None
        self._programs = tuple(dict.fromkeys(name for one in plan.drivers for name in one.programs))

    def deploy(self) -> None:
        """Make the pods on the current pair of nodes, and try each way."""
        client, server = self._pairs[self._pair]
        plan = self.plan
        seconds = min(_LONGEST_S, round(plan.budget * 60 * _ATTEMPTS) + _SLACK_S)
        carried = [carry(name, client.architecture) for name in self._programs]
        objects = StudyObjects(
            deployment.new_name(), plan.image, seconds, client.architecture, carries=bool(carried),
            host_ports=tuple(self._ports()),
        )  # fmt: skip
        wanted = ways.pods(list(self._ways.values()), client.name, server.name)
        self._deployment = self._stack.enter_context(deployment.deployed(self._cluster, objects, wanted, self._say))
        self._refuse_absent_version()
        reader = cni_reader.begin(self._deployment, client.name, parse_folder(plan.cni_config))
        for program in carried:
            self._say(f"sending {program.name} to the pods ({program.size / 1e6:.3g} MB)")
            for node in self._deployment.nodes.values():
                node.take(program)
        self._reasons = {}
        for way in self._ways.values():
            self._attempt(way, self._open)
        configuration = reader.finish()
        self._description = description.describe(
            self._cluster, self._deployment, self._pairs, self._pair, self._known, configuration
        )
        for way in self._ways.values():
            if way.name not in self._reasons:
                self._attempt(way, lambda way: trying.try_path(self._path(way), self.first_port))

    def _refuse_absent_version(self) -> None:
        """PrerequisiteError where the nodes lack the baseline's IP version, or every pod that is to be measured over it."""
        assert self._deployment is not None
        addresses, family = self._deployment.addresses, self._ways[ways.HOST].version(self.plan.family)
        host, *others = (
            address_of(addresses[one.server], one.version(self.plan.family)) for one in self._ways.values()
        )
        if host is None or (others and not any(others)):
            have = sorted({one for some in addresses.values() for one in some})
            raise PrerequisiteError(
                f"{'the nodes' if host is None else 'the pods'} of this cluster have no IPv{family} address",
                said=f"the study's pods have {', '.join(have) or 'none'}",
                remedy=f"Measure IPv{10 - family}: --family {10 - family}",
            )

    def _open(self, way: ClusterWay) -> None:
        self._listening(way)
        assert self._deployment is not None
        deployment.open_way(self._deployment, way, self._ports(), way.version(self.plan.family))

    def _attempt(self, way: ClusterWay, step: Callable[[ClusterWay], None]) -> None:
        """Do it, or keep why this way cannot be measured. What the API refuses whatever the way is, ends the study."""
        try:
            step(way)
        except ClusterError as error:
            if error.code != _INVALID:
                raise
            self._reasons[way.name] = error
        except BarewireError as error:
            self._reasons[way.name] = error

    def preflight(self) -> PreflightRecord:
        """How busy others keep the nodes. A cluster is shared, so the study goes on and its record states it."""
        found = neighbours.look(self._deployment.nodes.values() if self._deployment else ())
        for one in found.reasons:
            self._say(one.detail)
        return found

    @property
    def first_port(self) -> int:
        return self.plan.port

    @property
    def delay_ns(self) -> int:
        return 0

    def require(self) -> None:
        """Checked when the plan was read, and by the cluster itself when the pods were made."""

    def survey(self) -> tuple[Candidate, ...]:
        if error := self._reasons.get(ways.HOST):
            raise PrerequisiteError(
                "pods on the hosts' network do not reach each other, so there is no baseline", where=error.where,
                said=error.said or error.what, remedy=_remedy(error, self.first_port),
            )  # fmt: skip
        return tuple(
            Candidate(name, str(error).rstrip("."), error.remedy)
            if (error := self._reasons.get(name))
            else Candidate(name)
            for name in self._ways
        )

    def record(self, candidate: Candidate) -> NetworkRecord:
        return NetworkRecord(candidate.name, candidate.measured, candidate.reason or None, candidate.remedy or None)

    def refuse_changed(self, record: RunRecord, where: str) -> None:
        """The same nodes, whatever else is compared with the environment."""
        was, now = (
            [one.get("name", "") for one in found.get("cluster", {}).get("nodes", [])]
            for found in (record.environment, self._description)
        )
        if was != now:
            raise RunError(
                "the run was begun on other nodes", where=where, said=f"{', '.join(was)}, not {', '.join(now)}",
                remedy="Are they ready, and do they take pods?",
            )  # fmt: skip

    def processors(self) -> Processors:
        return Processors()

    def pinning(self) -> Pinning:
        """Nodes are others' too: the kubelet decides which CPUs a pod has, and nothing polls unless it was asked for."""
        return Pinning((), (), "sleep" if self.plan.timing == "auto" else self.plan.timing)

    @contextmanager
    def open(self, name: str, layout: Layout | None = None) -> Iterator[PodPath]:
        """Nothing is made for it; whatever a trial leaves running in its pods is ended after it."""
        assert self._deployment is not None
        way = self._ways[name]
        try:
            self._deployment.check()
            yield self._path(way)
        except MeasurementError as error:
            # A load may fail for other reasons; a pod that is gone fails all that come after it.
            try:
                self._deployment.check()
            except BarewireError as gone:
                raise PrerequisiteError(
                    "the study cannot go on in the cluster",
                    said=str(gone).rstrip("."),
                    remedy="Resume it when that is mended",
                ) from error
            raise
        finally:
            for role in (way.client, way.server):
                self._deployment.nodes[role].end_programs()

    def instrument(self, pinning: Pinning, effort: float) -> InstrumentRecord:
        assert self._deployment is not None
        return InstrumentRecord(failed="that is not done in a cluster")

    def restart(self, group: int) -> None:
        """New pods, on the group's pair of nodes."""
        self._stack.close()
        self._pair = (group - 1) % len(self._pairs)
        self.deploy()

    def _ports(self) -> list[int]:
        """All that a trial may serve on: the workloads' shared ones, and one for each load with a server for itself."""
        steps = sum(1 for one in self.plan.drivers for _ in one.steps(self.plan))
        return [self.first_port + offset for offset in (*range(_SHARED_PORTS), *range(OWN_OFFSET, OWN_OFFSET + steps))]

    def _listening(self, way: ClusterWay) -> IPAddress:
        """The address of the server's pod; PrerequisiteError where it has none of the way's IP version."""
        assert self._deployment is not None
        addresses, family = self._deployment.addresses[way.server], way.version(self.plan.family)
        if (found := address_of(addresses, family)) is None:
            raise PrerequisiteError(f"the pod {way.server} has no IPv{family} address", said=", ".join(addresses))
        return found

    def _path(self, way: ClusterWay) -> PodPath:
        found, listen = self._deployment, self._listening(way)
        assert found is not None
        address, ports = found.targets.get(way.name, (str(listen), {}))
        return PodPath(
            way.name, found.nodes[way.client], found.nodes[way.server], ip_address(address), listen, ports,
            lambda: self._description, ProofRecord(),
        )  # fmt: skip


def _remedy(error: BarewireError, port: int) -> str:
    """What to do about pods on the hosts' network that do not reach each other."""
    if "already in use" in error.said:
        return f"Does another study use these nodes? Choose other ports with --port {port + 1000}"
    return f"Do the nodes' firewalls let ports from {port} on pass?"
