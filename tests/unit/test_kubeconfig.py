"""The kubeconfig as kubectl reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from barewire.errors import PrerequisiteError, UsageError
from barewire.testbeds.kubernetes import kubeconfig

ONE = {
    "current-context": "c1",
    "clusters": [{"name": "c1", "cluster": {"server": "https://one:6443", "certificate-authority": "ca.crt"}}],
    "users": [{"name": "u1", "user": {"token": "t1"}}],
    "contexts": [{"name": "c1", "context": {"cluster": "c1", "user": "u1", "namespace": "work"}}],
}
TWO = {
    "current-context": "c2",
    "clusters": [
        {"name": "c1", "cluster": {"server": "https://other:6443"}},
        {"name": "c2", "cluster": {"server": "https://two:6443", "proxy-url": "http://proxy:3128"}},
    ],
    "users": [],
    "contexts": [{"name": "c2", "context": {"cluster": "c2"}}],
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "one").write_text(yaml.safe_dump(ONE))
    (tmp_path / "two").write_text(yaml.safe_dump(TWO))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/one:{tmp_path}/absent:{tmp_path}/two")
    return tmp_path


def test_the_first_file_with_a_name_wins(files: Path) -> None:
    config, proxy = kubeconfig.find()
    assert (config.context_name, config.cluster.server, config.namespace, proxy) == (
        "c1",
        "https://one:6443",
        "work",
        "",
    )


def test_paths_are_those_of_their_own_file(files: Path) -> None:
    config, _ = kubeconfig.find("c1")
    assert config.cluster.certificate_auth == f"{files}/ca.crt"


def test_a_context_without_user_and_with_proxy_is_read(files: Path) -> None:
    config, proxy = kubeconfig.find("c2")
    assert (config.cluster.server, config.user.token, proxy) == ("https://two:6443", None, "http://proxy:3128")


def test_an_unknown_context_is_refused_with_those_there_are(files: Path) -> None:
    with pytest.raises(UsageError, match=r"no such context.*c1, c2"):
        kubeconfig.find("c3")


def test_no_kubeconfig_at_all_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/absent")
    with pytest.raises(PrerequisiteError, match="there is no kubeconfig"):
        kubeconfig.find()


@pytest.mark.parametrize("text", ["{", "[1]", "clusters: 3\n"])
def test_a_damaged_kubeconfig_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "k").write_text(text)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/k")
    with pytest.raises(UsageError, match="kubeconfig"):
        kubeconfig.find()


def test_an_exec_plugin_of_v1_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "give-token"}}
    (tmp_path / "k").write_text(yaml.safe_dump({**ONE, "users": [{"name": "u1", "user": plugin}]}))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/k")
    monkeypatch.delenv("KUBERNETES_EXEC_INFO", raising=False)
    config, _ = kubeconfig.find()
    assert config.user.exec.apiVersion == "client.authentication.k8s.io/v1beta1"
