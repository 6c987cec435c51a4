"""In which mode kube-proxy is: asked of itself, or else read from what it was started with.

kube-proxy answers on port 10249 of its node's loopback address, which a pod on the host's network reaches. Where that is
switched off, its DaemonSet's command line or configuration has the mode. A cluster may have no kube-proxy, because the CNI does
its work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml
from lightkube.core.exceptions import ApiError
from lightkube.models.core_v1 import PodSpec
from lightkube.resources.apps_v1 import DaemonSet
from lightkube.resources.core_v1 import ConfigMap

from barewire.testbeds.kubernetes.connection import Cluster
from barewire.testbeds.kubernetes.node import PodNode

PORT, _PATH = 10249, "/proxyMode"
MODES = ("iptables", "ipvs", "nftables", "kernelspace", "userspace")
_DEFAULT = "iptables"
"""On Linux an empty mode has always been this one."""
_NAME, _OPTION = "kube-proxy", "--proxy-mode"
_CONFIG_KEYS = ("config.conf", "config", "kube-proxy-config", "config.yaml")


@dataclass(frozen=True, slots=True)
class ProxyMode:
    """A mode and what says so; both empty if nothing does."""

    mode: str = ""
    source: str = ""


def find_mode(cluster: Cluster, sets: Sequence[DaemonSet], host: PodNode | None) -> ProxyMode:
    """The mode of the client's node. `host` is a pod on the host's network, where the study has one."""
    if host is not None and (answered := mode_in_answer(host.session.ask(PORT, request()))):
        return ProxyMode(answered, f"kube-proxy says so on port {PORT} of node {host.host}")
    for one in sets:
        assert one.metadata is not None and one.metadata.name is not None
        if one.metadata.name.startswith(_NAME) and one.spec is not None and one.spec.template.spec is not None:
            pod, where = one.spec.template.spec, f"{one.metadata.namespace}/{one.metadata.name}"
            if (mode := mode_in_words(words_of(pod))) is not None:
                return ProxyMode(mode or _DEFAULT, f"the command line of DaemonSet {where}")
            for name in config_maps(pod):
                if (mode := _mode_in_map(cluster, one.metadata.namespace or "", name)) is not None:
                    return ProxyMode(mode or _DEFAULT, f"the ConfigMap {name} of DaemonSet {where}")
    # kubeadm's, for who may not list DaemonSets.
    mode = _mode_in_map(cluster, "kube-system", _NAME)
    return ProxyMode(mode or _DEFAULT, f"the ConfigMap kube-system/{_NAME}") if mode is not None else ProxyMode()


def request() -> bytes:
    """What asks kube-proxy for its mode."""
    return f"GET {_PATH} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()


def mode_in_answer(answer: bytes) -> str:
    """The mode in an answer of HTTP; empty if it is none of kube-proxy's."""
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(None, 2)[:2]
    found = body.decode(errors="replace").strip()
    return found if words[1:] == [b"200"] and found in MODES else ""


def words_of(pod: PodSpec) -> list[str]:
    """The command lines of a pod's containers."""
    return [word for one in pod.containers for word in (*(one.command or ()), *(one.args or ()))]


def mode_in_words(words: Sequence[str]) -> str | None:
    """The mode on a command line, of which some are one text for a shell; None if there is none."""
    found = [piece for word in words for piece in word.split()]
    for number, word in enumerate(found):
        if word.startswith(f"{_OPTION}="):
            return word.partition("=")[2].strip("'\"")
        if word == _OPTION and number + 1 < len(found):
            return found[number + 1]
    return None


def config_maps(pod: PodSpec) -> Iterator[str]:
    """Those that a pod mounts."""
    for volume in pod.volumes or ():
        if volume.configMap is not None and volume.configMap.name:
            yield volume.configMap.name


def mode_in_config(text: str) -> str | None:
    """`mode` of a KubeProxyConfiguration, empty where it is left to the default; None for any other text."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(found, dict) or found.get("kind") != "KubeProxyConfiguration":
        return None
    return str(found.get("mode") or "")


def _mode_in_map(cluster: Cluster, namespace: str, name: str) -> str | None:
    try:
        data = cluster.api.get(ConfigMap, name, namespace=namespace).data or {}
    except ApiError:
        return None
    keys = [*(key for key in _CONFIG_KEYS if key in data), *(key for key in data if key not in _CONFIG_KEYS)]
    return next((mode for key in keys if (mode := mode_in_config(data[key])) is not None), None)
