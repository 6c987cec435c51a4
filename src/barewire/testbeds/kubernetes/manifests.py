"""The objects of a study in a cluster, as plain data: one owner, and what goes with it.

The owner is a Job whose only pod is the *keeper*. It ends when its session with the study ends, whatever ended that; then the
cluster itself deletes the Job (`ttlSecondsAfterFinished`), and the garbage collector everything that the Job owns: pods,
programs, Services, NetworkPolicies. So a study that was killed leaves nothing, without anything of ours running. Every pod has
a deadline too, for a cluster that loses touch with all of it.

Programs are static and come from ConfigMaps, one each because of the limit of 1 MiB, so any image will do: nothing of it is used.
Those that are larger or need shared libraries are carried into the pods' memory by their sessions.
Pods are such that the Pod Security Standard `restricted` admits them, except those on the host's network.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lightkube.models import batch_v1, core_v1, networking_v1
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta, OwnerReference
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import ConfigMap, Pod, Service
from lightkube.resources.networking_v1 import NetworkPolicy

from barewire.testbeds.kubernetes.carried import FOLDER as CARRIED_FOLDER
from barewire.testbeds.kubernetes.node import AGENT, FOLDER
from barewire.testbeds.kubernetes.ways import HOST_SERVER, PodRequest

STUDY_LABEL, ROLE_LABEL, MANAGED = "barewire/study", "barewire/role", {"app.kubernetes.io/managed-by": "barewire"}
CONTAINER = "barewire"
UNATTENDED_S = 180
"""Seconds that a pod waits for its session; it begins when the pod runs, so no pull of an image counts."""

KEEPER_UNATTENDED_S = 60
"""Of the keeper, which gets its session first: a study that is killed before that leaves its objects for so long."""

_TTL_S = 5
_MANY_S = 7 * 86400
_USER = 65534
_VOLUME, _CARRIED_VOLUME, _CARRIED_LIMIT = "programs", "carried", "64Mi"
CNI_MOUNT = "/cni"
"""Where a pod that reads a node's CNI configuration has it."""
_READER, _READER_S, _LITTLE_CPU = "cni", 120, "10m"


@dataclass(frozen=True, slots=True)
class StudyObjects:
    """What all objects of a study share. `uid` is the owner's, empty for the owner itself."""

    name: str
    image: str
    seconds: int
    architecture: str
    """Of the nodes, as `uname -m` prints it."""
    cpu: str = "100m"
    memory: str = "64Mi"
    cpu_limit: str = ""
    carries: bool = False
    """Whether pods take programs through their sessions (`carried`)."""
    host_ports: tuple[int, ...] = ()
    """What servers on the host's network listen on. They are declared, so the scheduler gives them to one study at a time."""
    uid: str = ""

    @property
    def labels(self) -> dict[str, str]:
        return {**MANAGED, STUDY_LABEL: self.name}

    def named(self, suffix: str) -> str:
        """The name of one of its objects."""
        return f"{self.name}-{suffix}"

    def selector(self, role: str) -> dict[str, str]:
        """The labels of the pod of that role."""
        return {STUDY_LABEL: self.name, ROLE_LABEL: role}

    def metadata(self, suffix: str, role: str = "") -> ObjectMeta:
        labels = {**self.labels, **({ROLE_LABEL: role} if role else {})}
        # Without blockOwnerDeletion, which takes a permission of its own in some clusters.
        owner = OwnerReference(apiVersion="batch/v1", kind="Job", name=self.name, uid=self.uid)
        return ObjectMeta(name=self.named(suffix), labels=labels, ownerReferences=[owner])


def owner(study: StudyObjects) -> Job:
    """The Job that owns everything, with the keeper."""
    metadata = ObjectMeta(name=study.name, labels=study.labels)
    template = core_v1.PodTemplateSpec(
        metadata=ObjectMeta(labels={**study.labels, ROLE_LABEL: "keeper"}), spec=_pod(study, None, [AGENT])
    )
    spec = batch_v1.JobSpec(
        template=template, backoffLimit=0, ttlSecondsAfterFinished=_TTL_S, activeDeadlineSeconds=study.seconds
    )
    return Job(metadata=metadata, spec=spec)


def programs(study: StudyObjects, files: Mapping[str, bytes]) -> Iterator[ConfigMap]:
    """One ConfigMap for each program."""
    for name, content in files.items():
        encoded = base64.b64encode(content).decode()
        yield ConfigMap(metadata=study.metadata(name), binaryData={name: encoded}, immutable=True)


def pod(study: StudyObjects, wanted: PodRequest, files: Sequence[str]) -> Pod:
    """A pod that holds until its session ends."""
    return Pod(metadata=study.metadata(wanted.role, wanted.role), spec=_pod(study, wanted, files))


def cni_reader(study: StudyObjects, node: str, folder: str, *, as_root: bool) -> Pod:
    """A pod that can read a node's CNI configuration, and nothing else of it.

    `Directory`: a folder that is not there keeps the pod from starting, where the runtime would make it otherwise."""
    spec = _pod(study, PodRequest(_READER, node), [AGENT])
    [container] = spec.containers
    assert spec.volumes is not None and container.volumeMounts is not None and container.securityContext is not None
    source = core_v1.HostPathVolumeSource(path=folder, type="Directory")
    spec.volumes.append(core_v1.Volume(name=_READER, hostPath=source))
    container.volumeMounts.append(core_v1.VolumeMount(name=_READER, mountPath=CNI_MOUNT, readOnly=True))
    container.resources = core_v1.ResourceRequirements(requests={"cpu": _LITTLE_CPU, "memory": study.memory},
                                                       limits={"memory": "256Mi"})  # fmt: skip
    spec.activeDeadlineSeconds = min(study.seconds, _READER_S)
    if as_root:
        container.securityContext.runAsUser, container.securityContext.runAsNonRoot = 0, False
    return Pod(metadata=study.metadata(_READER, _READER), spec=spec)


def service(study: StudyObjects, role: str, ports: Sequence[int], kind: str, family: int) -> Service:
    """A Service of `kind` (ClusterIP, NodePort) before the pod of `role`: the same ports, of TCP and UDP."""
    listed = [
        core_v1.ServicePort(name=f"{protocol.lower()}-{port}", port=port, targetPort=port, protocol=protocol)
        for port in ports
        for protocol in ("TCP", "UDP")
    ]
    spec = core_v1.ServiceSpec(
        type=kind, selector=study.selector(role), ports=listed, ipFamilies=[f"IPv{family}"],
        ipFamilyPolicy="SingleStack",
    )  # fmt: skip
    return Service(metadata=study.metadata(f"{kind.lower()}-{family}"), spec=spec)


def policies(study: StudyObjects, role: str, count: int, family: int) -> Iterator[NetworkPolicy]:
    """`count` NetworkPolicies that select the pod of `role` and match no packet, and one that admits everybody.

    A pod that policies select takes what one of them admits and nothing else, so the cluster may have to look at each."""
    chosen = LabelSelector(matchLabels=study.selector(role))
    admitting = networking_v1.NetworkPolicyIngressRule()
    yield _policy(study, f"{role}-admits", chosen, admitting)
    for number in range(count):
        # Addresses that are nobody's (RFC 2544's, RFC 5180's), a different one each, so that nothing can be merged.
        nobody = f"198.18.{number // 256}.{number % 256}/32" if family == 4 else f"2001:2::{number + 1:x}/128"
        block = networking_v1.IPBlock(cidr=nobody)
        others = networking_v1.NetworkPolicyIngressRule(from_=[networking_v1.NetworkPolicyPeer(ipBlock=block)])
        yield _policy(study, f"{role}-{number}", chosen, others)


def _policy(
    study: StudyObjects, suffix: str, chosen: LabelSelector, rule: networking_v1.NetworkPolicyIngressRule
) -> NetworkPolicy:
    spec = networking_v1.NetworkPolicySpec(podSelector=chosen, policyTypes=["Ingress"], ingress=[rule])
    return NetworkPolicy(metadata=study.metadata(suffix), spec=spec)


def _pod(study: StudyObjects, wanted: PodRequest | None, files: Sequence[str]) -> core_v1.PodSpec:
    carries = study.carries and wanted is not None
    limits = {"memory": "256Mi", **({"cpu": study.cpu_limit} if study.cpu_limit and wanted else {})}
    container = core_v1.Container(
        name=CONTAINER,
        image=study.image,
        imagePullPolicy="IfNotPresent",
        command=[f"{FOLDER}/{AGENT}", "hold", str(UNATTENDED_S if wanted else KEEPER_UNATTENDED_S)],
        resources=core_v1.ResourceRequirements(requests={"cpu": study.cpu if wanted else _LITTLE_CPU, "memory": study.memory},
                                               limits=limits),
        securityContext=core_v1.SecurityContext(
            allowPrivilegeEscalation=False, readOnlyRootFilesystem=True, runAsNonRoot=True, runAsUser=_USER,
            capabilities=core_v1.Capabilities(drop=["ALL"]),
        ),
        volumeMounts=[core_v1.VolumeMount(name=_VOLUME, mountPath=FOLDER, readOnly=True)],
        ports=_host_ports(study) if wanted and wanted.role == HOST_SERVER else None,
        env=[core_v1.EnvVar(name="TMPDIR", value=CARRIED_FOLDER)] if carries else None,
    )  # fmt: skip
    sources = [core_v1.VolumeProjection(configMap=core_v1.ConfigMapProjection(name=study.named(name)))
               for name in files]  # fmt: skip
    projected = core_v1.ProjectedVolumeSource(defaultMode=0o555, sources=sources)
    volumes = [core_v1.Volume(name=_VOLUME, projected=projected)]
    if carries:
        assert container.volumeMounts is not None
        container.volumeMounts.append(core_v1.VolumeMount(name=_CARRIED_VOLUME, mountPath=CARRIED_FOLDER))
        memory = core_v1.EmptyDirVolumeSource(medium="Memory", sizeLimit=_CARRIED_LIMIT)
        volumes.append(core_v1.Volume(name=_CARRIED_VOLUME, emptyDir=memory))
    return core_v1.PodSpec(
        containers=[container],
        volumes=volumes,
        securityContext=core_v1.PodSecurityContext(seccompProfile=core_v1.SeccompProfile(type="RuntimeDefault")),
        restartPolicy="Never",
        activeDeadlineSeconds=min(study.seconds, _MANY_S),
        terminationGracePeriodSeconds=1,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        hostNetwork=True if wanted and wanted.on_host else None,
        affinity=_on_node(wanted.node) if wanted else None,
    )  # fmt: skip


def _host_ports(study: StudyObjects) -> list[core_v1.ContainerPort]:
    return [core_v1.ContainerPort(containerPort=port, hostPort=port, protocol="TCP") for port in study.host_ports]


def _on_node(name: str) -> core_v1.Affinity:
    """As DaemonSets do it: the scheduler still checks resources and taints, which `nodeName` would pass by."""
    field = core_v1.NodeSelectorRequirement(key="metadata.name", operator="In", values=[name])
    selector = core_v1.NodeSelector(nodeSelectorTerms=[core_v1.NodeSelectorTerm(matchFields=[field])])
    return core_v1.Affinity(nodeAffinity=core_v1.NodeAffinity(requiredDuringSchedulingIgnoredDuringExecution=selector))
