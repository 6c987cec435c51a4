"""Network namespaces of other processes: found by address, name, process or file, and each taken in once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from barewire.endpoints.machine import OWN, shared
from barewire.errors import PrerequisiteError
from barewire.kernel import found_networks

ADDRESS = "10.97.113.1"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter the namespaces of other processes")
_SCRIPT = (
    f"ip link set lo up && ip addr add {ADDRESS}/32 dev lo && ip addr add fd97::1/128 dev lo nodad && echo; exec cat"
)


@dataclass(frozen=True)
class Other:
    """A process in a namespace of its own that holds `ADDRESS` and fd97::1."""

    pid: int

    @property
    def number(self) -> int:
        return Path(f"/proc/{self.pid}/ns/net").stat().st_ino


@pytest.fixture(scope="module")
def other() -> Iterator[Other]:
    words = ["unshare", "-n", "sh", "-c", _SCRIPT]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == b"\n"
        yield Other(process.pid)
        process.stdin.close()


def number_of(text: str) -> int:
    fd = found_networks.open_named(text)
    try:
        return os.fstat(fd).st_ino
    finally:
        os.close(fd)


@needs_root
def test_a_namespace_is_found_by_each_way_to_name_it(other: Other) -> None:
    for text in (ADDRESS, "fd97::1", str(other.pid), f"/proc/{other.pid}/ns/net"):
        assert number_of(text) == other.number, text
    assert number_of("127.0.0.1") == number_of("/proc/self/ns/net") == found_networks.own_number()


@needs_root
def test_a_name_comes_before_a_process(other: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_networks, "_NAMED", tmp_path)
    (tmp_path / "1").symlink_to(f"/proc/{other.pid}/ns/net")
    (tmp_path / "blue").symlink_to(f"/proc/{other.pid}/ns/net")
    assert number_of("1") == number_of("blue") == other.number


@needs_root
def test_one_namespace_under_many_names_is_taken_in_once(other: Other) -> None:
    clients = {"a": ADDRESS, "b": str(other.pid), "c": f"/proc/{other.pid}/ns/net", "own": "/proc/self/ns/net"}
    before = len(os.listdir("/proc/self/fd"))
    with shared({}, clients) as machine:
        assert machine.clients == dict.fromkeys("abc", f"{OWN}-{ADDRESS}") | {"own": OWN}
        assert set(machine.lab.links()) == {OWN, f"{OWN}-{ADDRESS}"}
        assert not machine.shut
    with shared({"a": ip_address(ADDRESS), "b": ip_address("fd97::1")}) as machine:
        assert {home.namespace for home in machine.homes.values()} == {f"{OWN}-a"}
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.97.113.2", "no network namespace of this machine holds 10.97.113.2"),
        (
            "no-such-name",
            r"cannot enter the network namespace no-such-name \(in /run/netns/no-such-name\): No such file",
        ),
        ("999999999", r"cannot enter the network namespace 999999999 \(in /proc/999999999/ns/net\): No such file"),
        ("/proc/self/ns/uts", "it is no network namespace|Operation not permitted"),
        ("..", "it is no network namespace|Operation not permitted|No such file"),
    ],
)
def test_what_is_no_namespace_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(PrerequisiteError, match=said):
        found_networks.open_named(text)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(PrerequisiteError, match=r"it is no network namespace|Operation not permitted"):
        found_networks.open_named(str(tmp_path / "fifo"))
