"""Reads a node's CNI configuration through a pod that mounts the folder read-only, where the cluster admits such a pod.

A mount of the host's takes what Pod Security `privileged` admits, which pods on the host's network take too; but policies of a
cluster often refuse it alone. So nothing depends on it: whatever stands in the way becomes the reason in the record. The pod has
no network of the host, no capability and, unless it was asked for, not the user root; it belongs to the study's owner and has a
short deadline. `begin` only makes it, so that it starts while the study does other things.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from lightkube.resources.core_v1 import Pod

from barewire.errors import BarewireError, MeasurementError
from barewire.records.environment import CniConfigurationRecord, CniFileRecord
from barewire.testbeds.kubernetes import cni_files, manifests, obstacles
from barewire.testbeds.kubernetes.cni_files import CniFolder
from barewire.testbeds.kubernetes.connection import refusals
from barewire.testbeds.kubernetes.deployment import Deployment, attend
from barewire.testbeds.kubernetes.session import AgentSession

START_SECONDS = 20.0
"""The image is on the node by then, so a pod that does not run is kept from it: the folder is not there, or there is no room."""
_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class CniReader:
    """The pod that reads, or why there is none (`refused`)."""

    deployment: Deployment
    folder: CniFolder | None
    node: str
    name: str = ""
    refused: str = ""

    def finish(self) -> CniConfigurationRecord:
        """What the folder has, or why that is not known; afterwards the pod ends."""
        if self.folder is None:
            return {"unread": "the study was started with --cni-config none"}
        found: CniConfigurationRecord = {"node": self.node, "folder": self.folder.path}
        if self.refused:
            return {**found, "unread": self.refused}
        try:
            self._await_start()
            session = attend(self.deployment.cluster, self.name)
            try:
                return {**found, "files": read_files(session, manifests.CNI_MOUNT)}
            finally:
                session.close()
        except BarewireError as error:
            return {**found, "unread": _reason(error)}

    def _await_start(self) -> None:
        cluster = self.deployment.cluster
        deadline = time.monotonic() + START_SECONDS
        while True:
            with refusals("the pod that reads it cannot be looked at", self.name):
                pod = cluster.api.get(Pod, self.name)
            states = (pod.status.containerStatuses if pod.status else None) or []
            if states and all(one.state and one.state.running for one in states):
                return
            if (obstacle := obstacles.of_starting(pod)) is not None:
                raise obstacle
            if time.monotonic() > deadline:
                raise obstacles.of_waiting(cluster.api, [pod], [], START_SECONDS)
            time.sleep(_POLL_SECONDS)


def begin(found: Deployment, node: str, folder: CniFolder | None) -> CniReader:
    """Make the pod on a node."""
    if folder is None:
        return CniReader(found, folder, node)
    pod = manifests.cni_reader(found.objects, node, folder.path, as_root=folder.as_root)
    assert pod.metadata is not None and pod.metadata.name is not None
    try:
        with refusals(f"a pod that mounts {folder.path} was not allowed"):
            found.cluster.api.create(pod)
    except BarewireError as error:
        return CniReader(found, folder, node, refused=_reason(error))
    return CniReader(found, folder, node, pod.metadata.name)


def read_files(session: AgentSession, folder: str) -> list[CniFileRecord]:
    """What each file of a pod's folder says. MeasurementError if the folder cannot be read."""
    names = cni_files.choose_files(session.list_folder(folder))
    opened = [f"{folder}/{name}" for name in names if name.endswith(cni_files.ENDINGS)]
    answers = session.read(opened) if opened else {}
    return [cni_files.describe_file(name, answers.get(f"{folder}/{name}")) for name in names]


def _reason(error: BarewireError) -> str:
    """Without the remedy, which is that of a study that needs the pod."""
    return str(MeasurementError(error.what, where=error.where, said=error.said)).rstrip(".")
