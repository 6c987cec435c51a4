"""Programs that travel to pods with their libraries, and kube-proxy's mode from what there is to read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from lightkube.models.core_v1 import ConfigMapVolumeSource, Container, HostPathVolumeSource, PodSpec, Volume

from barewire.errors import PrerequisiteError
from barewire.testbeds.kubernetes import carried, service_proxy
from barewire.testbeds.kubernetes.carried import CARRIED, FOLDER, CarriedProgram

HERE = os.uname().machine
GLIBC = """\
\tlinux-vdso.so.1 (0x00007ffd4cdf2000)
\tlibiperf.so.0 => /lib/x86_64-linux-gnu/libiperf.so.0 (0x00007f1fdf5d2000)
\tlibssl.so.3 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007f1fdf63c000)
"""
MUSL = """\
\t/lib/ld-musl-x86_64.so.1 (0x7f0e9a2b4000)
\tlibiperf.so.0 => /usr/lib/libiperf.so.0 (0x7f0e9a272000)
\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f0e9a2b4000)
"""


def test_a_loader_and_libraries_are_what_ldd_lists() -> None:
    libraries = {"libiperf.so.0": "/lib/x86_64-linux-gnu/libiperf.so.0", "libssl.so.3": ""}
    assert carried.parse_ldd(GLIBC) == ("/lib64/ld-linux-x86-64.so.2", libraries)
    loader, libraries = carried.parse_ldd(MUSL)
    assert (loader, sorted(libraries)) == ("/lib/ld-musl-x86_64.so.1", ["libc.musl-x86_64.so.1", "libiperf.so.0"])


@pytest.mark.skipif(shutil.which("iperf3") is None, reason="takes iperf3")
def test_what_is_carried_runs_from_its_files_alone(tmp_path: Path) -> None:
    [name] = CARRIED
    found = carried.carry(name, HERE)
    for file, content in found.files.items():
        (tmp_path / file).write_bytes(content)
        (tmp_path / file).chmod(0o755)
    words = [word.replace(FOLDER, str(tmp_path)) for word in found.words]
    done = subprocess.run([*words, "--version"], capture_output=True, text=True, env={"LD_DEBUG": "files"}, check=False)
    assert done.stdout.startswith("iperf "), done.stderr
    opened = [
        line.rpartition("generating link map")[0] for line in done.stderr.splitlines() if "generating link" in line
    ]
    assert opened and all(str(tmp_path) in line or "file=" in line for line in opened)
    assert "/lib/" not in "".join(line for line in done.stderr.splitlines() if "calling init" in line)


def test_a_build_without_libraries_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sparc64").mkdir()
    (tmp_path / "sparc64" / "iperf3").write_bytes(b"static")
    monkeypatch.setenv("BAREWIRE_STATIC", str(tmp_path))
    assert carried.carry("iperf3", "sparc64") == CarriedProgram("iperf3", (f"{FOLDER}/iperf3",), {"iperf3": b"static"})
    with pytest.raises(PrerequisiteError, match=r"no iperf3 for riscv64.*--workloads.*riscv64/iperf3"):
        carried.carry("iperf3", "riscv64")


@pytest.mark.parametrize(
    ("answer", "mode"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nnftables", "nftables"),
        (b"HTTP/1.0 404 Not Found\r\n\r\nnftables", ""),
        (b"HTTP/1.0 200 OK\r\n\r\n<html>another server", ""),
        (b"", ""),
        (b"SSH-2.0-x\r\n", ""),
    ],
)
def test_a_mode_is_one_that_kube_proxy_answers(answer: bytes, mode: str) -> None:
    assert service_proxy.mode_in_answer(answer) == mode


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        (["kube-proxy", "--v=2", "--proxy-mode=ipvs"], "ipvs"),
        (["kube-proxy", "--proxy-mode", "nftables"], "nftables"),
        (["/bin/sh", "-c", "exec kube-proxy --proxy-mode=iptables --v=2 1>>/var/log/kube-proxy.log"], "iptables"),
        (["kube-proxy", "--config=/var/lib/kube-proxy/config.conf"], None),
    ],
)
def test_a_mode_is_read_from_a_command_line(words: list[str], mode: str | None) -> None:
    pod = PodSpec(containers=[Container(name="kube-proxy", command=words[:1], args=words[1:])])
    assert service_proxy.mode_in_words(service_proxy.words_of(pod)) == mode


def test_a_mode_is_read_from_a_mounted_configuration() -> None:
    volumes = [
        Volume(name="x", configMap=ConfigMapVolumeSource(name="kube-proxy-config")),
        Volume(name="y", hostPath=HostPathVolumeSource(path="/lib")),
    ]
    pod = PodSpec(containers=[Container(name="kube-proxy")], volumes=volumes)
    assert [*service_proxy.config_maps(pod)] == ["kube-proxy-config"]
    assert service_proxy.mode_in_config("kind: KubeProxyConfiguration\nmode: ipvs\n") == "ipvs"
    assert service_proxy.mode_in_config("kind: KubeProxyConfiguration\n") == ""
    assert service_proxy.mode_in_config("apiVersion: v1\nkind: Config\n") is None
    assert service_proxy.mode_in_config("{") is None
