"""A study's objects in a cluster: made, waited for, taken away; and what stands in their way, as a sentence."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path

from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Pod
from lightkube.types import CascadeType

from barewire.errors import MeasurementError, PrerequisiteError
from barewire.kernel import programs
from barewire.testbeds.kubernetes import added, manifests, obstacles, ways
from barewire.testbeds.kubernetes.connection import Cluster, ClusterError, refusals
from barewire.testbeds.kubernetes.manifests import StudyObjects
from barewire.testbeds.kubernetes.node import AGENT, FOLDER, PodNode
from barewire.testbeds.kubernetes.session import PATIENCE_S, AgentSession
from barewire.testbeds.kubernetes.ways import ClusterWay, PodRequest

START_SECONDS = 180.0
_POLL_SECONDS = 0.25
_GONE_SECONDS, _USUALLY_GONE_SECONDS = 60.0, 5.0
_NOTICE_SECONDS = 90.0
"""A node counts as gone 50 s after its last word, where nobody has set another time."""


def new_name() -> str:
    """The name of a new study's objects."""
    return f"barewire-{secrets.token_hex(4)}"


def built_programs(architecture: str) -> dict[str, bytes]:
    """The static programs for nodes of `architecture`; PrerequisiteError where there are none."""
    return {name: Path(programs.built_static(name, architecture)).read_bytes() for name in (AGENT, *programs.IN_LABS)}


@dataclass(slots=True)
class Deployment:
    """The objects of one study. `nodes` are its pods by role."""

    cluster: Cluster
    objects: StudyObjects
    nodes: dict[str, PodNode] = field(default_factory=dict)
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each pod, by role, one a family."""
    targets: dict[str, tuple[str, dict[int, int]]] = field(default_factory=dict)
    """What to connect to where it is not the pod's own address, by the name of the way: an address, and ports by that served."""
    changes: tuple[str, ...] = ()
    """What the cluster has made of the study's pods, beyond what was asked for."""

    def check(self) -> None:
        """Raise what has become of a pod if one has failed: its node is lost, it was evicted, the namespace is being deleted.

        A session ends at once, and a cluster takes a minute to notice that a node is gone; so its reason is waited for."""
        self._look()
        failure = next((one.session.failure for one in self.nodes.values() if one.session.failure), None)
        deadline = time.monotonic() + _NOTICE_SECONDS
        while failure is not None:
            if time.monotonic() > deadline:
                raise failure
            time.sleep(_POLL_SECONDS)
            self._look()

    def _look(self) -> None:
        for role, node in self.nodes.items():
            try:
                with refusals("a pod of the study cannot be looked at", node.name):
                    found = self.cluster.api.get(Pod, node.name)
            except ClusterError as error:
                if error.code == 404:
                    raise obstacles.vanished(self.cluster.api, self.cluster.namespace, node.name) from error
                raise
            if found.metadata is not None and found.metadata.deletionTimestamp is not None:
                raise obstacles.vanished(self.cluster.api, self.cluster.namespace, node.name)
            if (obstacle := obstacles.of_running(self.cluster.api, found)) is not None:
                raise MeasurementError(f"the pod {role} cannot go on", where=f"node {node.host}", said=obstacle)


@contextmanager
def deployed(
    cluster: Cluster, objects: StudyObjects, wanted: Sequence[PodRequest], say: Callable[[str], None]
) -> Iterator[Deployment]:
    """The owner, the programs and the pods, with their sessions, for the body of the `with`; then all of it is deleted."""
    files = built_programs(objects.architecture)
    with _making(cluster, f"the study's objects cannot be made in namespace {cluster.namespace}"):
        job = cluster.api.create(manifests.owner(objects))
    assert job.metadata is not None and job.metadata.uid is not None
    objects = replace(objects, uid=job.metadata.uid)
    with ExitStack() as stack:
        stack.callback(delete, cluster, objects.name)
        found = Deployment(cluster, objects)
        for one in manifests.programs(objects, files):
            with _making(cluster, f"programs cannot be put into namespace {cluster.namespace}"):
                cluster.api.create(one)
        say(f"starting {len(wanted)} pods in namespace {cluster.namespace}")
        changes = {said for one_pod in wanted for said in _create(cluster, objects, one_pod)}
        found.changes = tuple(sorted(changes))
        for said in found.changes:
            say(said)
        keeper = _await_pods(cluster, objects, ["keeper"])["keeper"]
        stack.callback(attend(cluster, _name(keeper)).close)
        pods = _await_pods(cluster, objects, [one.role for one in wanted])
        for role, one_found in pods.items():
            session = attend(cluster, _name(one_found))
            stack.callback(session.close)
            name, host = _name(one_found), _host(one_found)
            found.nodes[role] = PodNode(name, host, session)
            found.addresses[role] = _addresses(one_found)
        yield found


def open_way(found: Deployment, way: ClusterWay, ports: Sequence[int], family: int) -> None:
    """Make what a way needs beside its pods: its Service, its policies."""
    api, objects = found.cluster.api, found.objects
    what = f"the way {way.name} cannot be made in namespace {found.cluster.namespace}"
    for one in manifests.policies(objects, way.server, way.policies, family) if way.policies else ():
        with _making(found.cluster, what):
            api.create(one)
    if not way.kind:
        return
    with _making(found.cluster, what):
        made = api.create(manifests.service(objects, way.server, ports, way.kind, family))
    assert made.spec is not None and made.spec.ports is not None
    if way.kind == "ClusterIP":
        found.targets[way.name] = (made.spec.clusterIP or "", {})
        return
    # The port of the server's node: the address of its pod on the host's network, or what the API says.
    own = [one for one in found.addresses.get(ways.HOST_SERVER, ()) if ip_address(one).version == family]
    if not own:
        raise PrerequisiteError(f"the server's node has no IPv{family} address")
    found.targets[way.name] = (own[0], {one.port: one.nodePort or 0 for one in made.spec.ports})


def delete(cluster: Cluster, name: str) -> None:
    """Delete a study's owner, and wait until everything that it owned is gone. What is gone already is fine. Pods of a node that
    is lost are not waited for: the cluster keeps them until the node is back."""
    try:
        with refusals(f"the study's objects in namespace {cluster.namespace} cannot be deleted",
                      remedy=f"They end by themselves, or with: kubectl -n {cluster.namespace} delete job {name}"):  # fmt: skip
            cluster.api.delete(Job, name, cascade=CascadeType.BACKGROUND, grace_period=0)
    except ClusterError as error:
        if error.code == 404:
            return
        raise
    begun = time.monotonic()
    while (left := _pods(cluster, name)) and (waited := time.monotonic() - begun) < _GONE_SECONDS:
        if waited > _USUALLY_GONE_SECONDS and all(obstacles.of_node(cluster.api, _host(pod)) for pod in left):
            return
        time.sleep(_POLL_SECONDS)


def attend(cluster: Cluster, pod: str) -> AgentSession:
    """A session with the agent of a pod that runs."""
    command = [f"{FOLDER}/{AGENT}", "session", str(PATIENCE_S)]
    return AgentSession(cluster.exec(pod, manifests.CONTAINER, command), f"pod {pod}")


def studies(cluster: Cluster) -> list[Job]:
    """The owners of all studies in the namespace."""
    with refusals(f"studies in namespace {cluster.namespace} cannot be listed", remedy=obstacles.RIGHTS):
        return [*cluster.api.list(Job, labels=dict(manifests.MANAGED))]


def _create(cluster: Cluster, objects: StudyObjects, wanted: PodRequest) -> list[str]:
    """Make a pod; what the cluster has made of it."""
    files = [AGENT, *programs.IN_LABS]
    what = f"a pod cannot be made on node {wanted.node}"
    with _making(cluster, what, f"namespace {cluster.namespace}", on_host=wanted.on_host):
        made = cluster.api.create(manifests.pod(objects, wanted, files))
    return [said for said, _ in added.find_changes(made)]


@contextmanager
def _making(cluster: Cluster, what: str, where: str = "", *, on_host: bool = False) -> Iterator[None]:
    """Say why an object cannot be made."""
    try:
        with refusals(what, where):
            yield
    except ClusterError as error:
        raise obstacles.of_creation(error, cluster.namespace, on_host=on_host) from error


def _await_pods(cluster: Cluster, objects: StudyObjects, roles: Sequence[str]) -> Mapping[str, Pod]:
    """Wait until all of these run; MeasurementError with what keeps them from it."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        found = {_role(pod): pod for pod in _pods(cluster, objects.name)}
        running = {role: found[role] for role in roles if role in found and _runs(found[role])}
        if len(running) == len(roles):
            return running
        waiting = [found[role] for role in roles if role in found and role not in running]
        for pod in waiting:
            if (obstacle := obstacles.of_starting(pod)) is not None:
                raise obstacle
        if time.monotonic() > deadline:
            raise obstacles.of_waiting(
                cluster.api, waiting, [role for role in roles if role not in found], START_SECONDS
            )
        time.sleep(_POLL_SECONDS)


def _pods(cluster: Cluster, name: str) -> list[Pod]:
    with refusals(f"the pods of namespace {cluster.namespace} cannot be listed", remedy=obstacles.RIGHTS):
        return [*cluster.api.list(Pod, labels={manifests.STUDY_LABEL: name})]


def _runs(pod: Pod) -> bool:
    states = (pod.status.containerStatuses if pod.status else None) or []
    return bool(states) and all(one.state and one.state.running for one in states)


def _role(pod: Pod) -> str:
    assert pod.metadata is not None
    return str((pod.metadata.labels or {}).get(manifests.ROLE_LABEL, ""))


def _name(pod: Pod) -> str:
    assert pod.metadata is not None and pod.metadata.name is not None
    return pod.metadata.name


def _host(pod: Pod) -> str:
    assert pod.spec is not None
    return pod.spec.nodeName or ""


def _addresses(pod: Pod) -> tuple[str, ...]:
    assert pod.status is not None
    return tuple(one.ip for one in pod.status.podIPs or [] if one.ip)
