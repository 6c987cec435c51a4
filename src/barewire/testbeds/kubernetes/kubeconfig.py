"""The kubeconfig as kubectl reads it: `$KUBECONFIG` with several files, `~/.kube/config`, or a pod's service account.

lightkube reads one file, prefers the service account, and knows exec plugins up to v1beta1. Here several files are merged (the
first one that has a name wins), paths in them are made absolute, and exec plugins of v1 are asked like those before them: they
answer with the same token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from lightkube.config.kubeconfig import SERVICE_ACCOUNT, KubeConfig, SingleConfig
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError

from barewire.errors import PrerequisiteError, UsageError

DEFAULT = "~/.kube/config"
_LISTS = ("clusters", "contexts", "users")
_PATHS = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}
_V1, _V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
_UNREAD = {"tls-server-name": "the name to expect in the server's certificate"}


def find(context: str = "") -> tuple[SingleConfig, str]:
    """The configuration of `context` (empty: the current one), and the URL of a proxy or nothing.

    PrerequisiteError if there is none, UsageError if it has no such context or cannot be read.
    """
    files = [path for path in paths(os.environ) if path.is_file()]
    if not files:
        return _in_cluster(context), ""
    where = ", ".join(map(str, files))
    document = merge([(path, _read(path)) for path in files])
    try:
        config = KubeConfig.from_dict(document, fname=files[0]).get(context or None)
    except ConfigError as error:
        known = ", ".join(entry["name"] for entry in document["contexts"]) or "none"
        raise UsageError("there is no such context" if context else "no context is current", where=where,
                         said=str(error), remedy=f"Choose one with --context: {known}") from error  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            "the kubeconfig cannot be used", where=where, said=f"{type(error).__name__}: {error}"
        ) from error
    assert config is not None
    cluster = next(entry["cluster"] for entry in document["clusters"] if entry["name"] == config.context.cluster)
    for key, what in _UNREAD.items():
        if key in cluster:
            raise UsageError(f"{key} ({what}) is not supported", where=where)
    return config._replace(user=_user(config.user, cluster)), str(cluster.get("proxy-url", ""))


def paths(environment: Mapping[str, str]) -> list[Path]:
    """The files that kubectl would read, whether they exist or not."""
    named = [name for name in environment.get("KUBECONFIG", "").split(os.pathsep) if name]
    return [Path(name).expanduser() for name in named or [DEFAULT]]


def merge(files: Iterable[tuple[Path, Mapping[str, Any]]]) -> dict[str, Any]:
    """One document of several: the first entry of a name wins, and the first current context."""
    merged: dict[str, Any] = {key: [] for key in _LISTS}
    for path, document in files:
        if document.get("current-context"):
            merged.setdefault("current-context", document["current-context"])
        for key in _LISTS:
            known = {entry["name"] for entry in merged[key]}
            kind = key.removesuffix("s")
            for entry in document.get(key) or []:
                if entry["name"] not in known:
                    merged[key].append({**entry, kind: _absolute(entry.get(kind) or {}, kind, path.parent)})
    return merged


def _absolute(entry: Mapping[str, Any], kind: str, folder: Path) -> dict[str, Any]:
    return {key: str(folder.absolute() / value) if key in _PATHS.get(kind, ()) and value else value
            for key, value in entry.items()}  # fmt: skip


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError("the kubeconfig cannot be read", where=str(path), said=" ".join(str(error).split())) from error
    if not isinstance(document or {}, dict) or not all(
        isinstance((document or {}).get(key) or [], list) for key in _LISTS
    ):
        raise UsageError("the kubeconfig is not one", where=str(path), said=f"{', '.join(_LISTS)} must be lists")
    return document or {}


def _in_cluster(context: str) -> SingleConfig:
    """A pod's service account."""
    try:
        config = KubeConfig.from_service_account().get()
    except (ConfigError, KeyError) as error:
        raise PrerequisiteError(
            "there is no kubeconfig", said=f"neither {' nor '.join(map(str, paths(os.environ)))} is a file, nor is there a "
            f"service account in {SERVICE_ACCOUNT}", remedy="Name one in KUBECONFIG",
        ) from error  # fmt: skip
    assert config is not None
    if context:
        raise UsageError(f"--context {context} needs a kubeconfig, and only a pod's service account was found")
    return config


def _user(user: User | None, cluster: Mapping[str, Any]) -> User:
    user = user or User()
    if user.exec is None:
        return user
    plugin = user.exec
    if plugin.apiVersion == _V1:
        plugin.apiVersion = _V1BETA1
    described = {"apiVersion": plugin.apiVersion, "kind": "ExecCredential",
            "spec": {"interactive": False, "cluster": {"server": cluster.get("server", "")}}}  # fmt: skip
    os.environ.setdefault("KUBERNETES_EXEC_INFO", json.dumps(described))
    return user
