"""Which programs are found, and what is said about those that are not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from barewire.errors import PrerequisiteError
from barewire.kernel import programs

Install = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Programs are looked for once a process; a test wants to look by itself and leave no trace."""
    programs.find.cache_clear()
    yield
    programs.find.cache_clear()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put scripts where they alone are found: no program of this machine is."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(programs, "_SYSTEM_FOLDERS", ())

    def put(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return put


def test_the_version_is_read_as_each_program_writes_it(install: Install) -> None:
    path = install("nginx", "echo 'nginx version: nginx/1.26.3' >&2")
    install("iperf3", "echo 'iperf 3.18 (cJSON 1.7.15)'; echo 'Linux host 6.12.1'")
    install("nft", "echo 'nftables v1.1.3 (Commodore Bullmoose #4)'")
    install("tc", "echo 'tc utility, iproute2-6.15.0, libbpf 1.5.0'")
    assert programs.find("nginx") == programs.Program("nginx", str(path), "1.26.3")
    assert programs.versions() == {"nginx": "1.26.3", "iperf3": "3.18", "nft": "1.1.3", "tc": "6.15.0"}


def test_a_program_that_hides_its_version_is_still_found(install: Install) -> None:
    install("nft", "echo nftables")
    found = programs.find("nft")
    assert found is not None
    assert found.version == "unknown"


def test_a_file_that_may_not_be_executed_is_no_program(install: Install) -> None:
    install("nginx", "echo").chmod(0o644)
    assert programs.find("nginx") is None
    assert programs.versions() == {}


def test_system_folders_are_searched_for_ordinary_users_too(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = install("nft", "echo nftables v1.1.3")
    monkeypatch.setattr(programs, "_SYSTEM_FOLDERS", (str(path.parent),))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = programs.find("nft")
    assert found is not None
    assert found.path == str(path)


def test_without_a_path_the_current_folder_is_not_searched(
    install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(install("nginx", "echo nginx/9.9").parent)
    monkeypatch.delenv("PATH")
    found = programs.find("nginx")
    assert found is None or not found.path.startswith(str(tmp_path))


def test_everything_missing_is_named_at_once_with_the_command(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("apt-get", "exit 1")
    install("iperf3", "echo iperf 3.18")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PrerequisiteError) as caught:
        programs.require(["nginx", "iperf3", "nft", "tc"])
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        "nginx, nft and tc are not installed. Type `sudo apt-get install -y --no-install-recommends iproute2 nftables nginx`."
    )


def test_root_is_not_advised_to_use_sudo(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("apt-get", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PrerequisiteError, match=r"^nginx is not installed\. Type `apt-get install "):
        programs.require(["nginx"])


def test_a_system_without_apt_is_not_advised_to_use_it(install: Install) -> None:
    install("iperf3", "echo iperf 3.18")
    with pytest.raises(PrerequisiteError, match=r"Install nginx and nft with this system's own means\.$"):
        programs.require(["nginx", "nft"])


def test_a_program_that_cannot_run_is_said_with_the_kernels_word(install: Install) -> None:
    install("nft", "").write_bytes(b"\x7fELF, but not really")
    with pytest.raises(PrerequisiteError, match=r"cannot run .*/nft --version: .*Exec format error.*Install nft again"):
        programs.require(["nft"])


def test_all_that_is_required_comes_back_by_name(install: Install) -> None:
    install("tc", "echo iproute2-6.1.0")
    assert programs.require(["tc"])["tc"].version == "6.1.0"
    assert programs.require([]) == {}


def test_every_program_has_a_package_and_prints_its_version() -> None:
    assert programs.PACKAGES.keys() == programs._VERSION_OPTION.keys()
