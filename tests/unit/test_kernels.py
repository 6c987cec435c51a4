"""Kernels found, fetched and kept: with apt itself, on an archive of this machine's disk. Nothing is booted here."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from barewire.errors import BarewireError, MeasurementError, PrerequisiteError, UsageError
from barewire.kernel import programs
from barewire.kernels import archive, available, cache, initramfs, vmlinuz
from barewire.kernels.image import Image
from tests.support import debian
from tests.support.command import barewire_inside

NINE, TEN = f"6.1.0-9-{debian.ARCHITECTURE}", f"6.1.0-10-{debian.ARCHITECTURE}"
TWELVE, SEVEN = f"6.12.3+deb13-{debian.ARCHITECTURE}", f"7.3.4+deb13-{debian.ARCHITECTURE}"
GONE, CLOUD = f"7.0.1+deb13-{debian.ARCHITECTURE}", f"6.12.9+deb13-cloud-{debian.ARCHITECTURE}"

with_apt = pytest.mark.skipif(
    any(programs.located(name) is None for name in ("apt-get", "dpkg-deb", "depmod"))
    or not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists(),
    reason="an archive takes apt, dpkg, kmod and the keys of Debian's archive",
)


@pytest.fixture
def testbed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a system with no kernel in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(available, "_BOOT", tmp_path / "boot")
    monkeypatch.setattr(available, "_LIB", tmp_path / "lib" / "modules")
    return cache.folder()


@pytest.fixture
def mirror(tmp_path: Path, testbed: Path, monkeypatch: pytest.MonkeyPatch) -> debian.Archive:
    """An archive of five kernels, of which four can be had."""
    made = debian.Archive(tmp_path / "mirror")
    made.kernel(NINE, "6.1.9-1")
    made.kernel(TEN, "6.1.10-1")
    made.kernel(TWELVE, "6.12.3-1", packed=True)
    made.kernel(CLOUD, "6.12.9-1")
    made.kernel_in_parts(SEVEN, "7.3.4-1~bpo13+1")
    made.name_only(GONE, "7.0.1-1")
    for name, value in made.publish().items():
        monkeypatch.setenv(name, value)
    return made


def installed(tmp_path: Path, release: str, version: str) -> None:
    """A kernel as a package leaves it in /boot."""
    (tmp_path / "boot").mkdir(exist_ok=True)
    (tmp_path / "boot" / f"vmlinuz-{release}").write_bytes(debian.bzimage(release, version))
    debian.tree(tmp_path, release)
    subprocess.run([programs.located("depmod") or "depmod", "-b", tmp_path, release], check=True, capture_output=True)


@with_apt
def test_a_version_is_the_newest_of_its_series_only(mirror: debian.Archive) -> None:
    found = available.find("6.1")
    assert (found.release, found.name) == (TEN, "6.1")
    assert vmlinuz.read(found.vmlinuz) == vmlinuz.KernelVersion(TEN, "6.1.10-1")
    assert available.find("6.1.9").release == NINE
    assert available.find("6.12").release == TWELVE  # and not the one for clouds, which is newer and lacks 9p


@with_apt
def test_what_is_unpacked_is_what_a_guest_can_use(mirror: debian.Archive) -> None:
    found = available.find(TWELVE)
    assert found.modules is not None
    assert found.symbols is None, "Debian's System.map only says where the real one is"
    there = {path.relative_to(found.modules / "kernel").as_posix() for path in found.modules.rglob("*.ko*")}
    hardware = {"drivers/net/ethernet/intel/e1000", "sound/soundcore"}
    assert there == {f"{name}.ko" for name in debian.MODULES if name not in hardware}
    assert "kernel/drivers/net/ipvlan/ipvlan.ko:" in (found.modules / "modules.dep").read_text()
    assert initramfs.missing(found) == []


@with_apt
def test_a_kernel_in_several_packages_is_put_together(mirror: debian.Archive) -> None:
    found = available.find("7.3")
    assert vmlinuz.read(found.vmlinuz).release == SEVEN
    assert initramfs.missing(found) == []


@with_apt
def test_a_kernel_whose_modules_left_the_archive_is_not_offered(mirror: debian.Archive) -> None:
    assert [known.release for known in available.listed().kernels] == [NINE, TEN, TWELVE, SEVEN]
    with pytest.raises(UsageError, match=r"no kernel 7\.0 .*There are 6\.1, 6\.12, 7\.3"):
        available.find("7.0")


@with_apt
def test_what_was_fetched_once_needs_no_archive(mirror: debian.Archive, capsys: pytest.CaptureFixture[str]) -> None:
    first = available.find("6.1")
    for package in mirror.packages():
        package.unlink()
    capsys.readouterr()
    assert available.find("6.1") == first
    assert available.find(TEN).vmlinuz == first.vmlinuz
    assert capsys.readouterr().err == ""


@with_apt
def test_an_archive_that_is_away_leaves_what_is_here_and_says_so(
    mirror: debian.Archive, testbed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = available.find("6.1")
    mirror.root.rename(mirror.root.with_name("gone"))
    os.utime(testbed / "apt" / "updated", (0, 0))
    capsys.readouterr()
    assert available.find("6.1") == first
    assert "not every list of kernels could be renewed" in capsys.readouterr().err
    with pytest.raises(MeasurementError, match=r"6\.12\.3.* could not be fetched: .*Is there a network"):
        available.find("6.12")


@with_apt
def test_an_archive_never_reached_is_an_error_with_its_words(mirror: debian.Archive) -> None:
    mirror.root.rename(mirror.root.with_name("gone"))
    with pytest.raises(PrerequisiteError, match=r"no kernel 6\.1 is here: Debian's archive cannot be reached: "):
        available.find("6.1")


@with_apt
def test_a_damaged_download_is_refused_and_nothing_is_left_of_it(mirror: debian.Archive, testbed: Path) -> None:
    package = next(path for path in mirror.packages() if TEN in path.name)
    whole = package.read_bytes()
    package.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MeasurementError, match="could not be fetched"):
        available.find("6.1")
    assert [path.name for path in testbed.iterdir() if path.name not in ("apt", "lock")] == []
    package.write_bytes(whole)
    assert available.find("6.1").release == TEN


@with_apt
def test_what_an_interrupted_download_left_is_cleared_away(mirror: debian.Archive, testbed: Path) -> None:
    left = testbed / ".unfinished-1" / "boot"
    left.mkdir(parents=True)
    (left / f"vmlinuz-{TEN}").write_bytes(debian.bzimage(TEN))
    assert list(cache.kept(testbed)) == []
    assert available.find("6.1").release == TEN
    assert not left.exists()


def test_what_somebody_else_is_making_is_not_cleared_away(testbed: Path) -> None:
    with cache.workshop(testbed) as made:
        with cache.locked(testbed):
            assert made.is_dir()
        (made / "whole").touch()
    assert not made.exists()


@with_apt
def test_of_two_that_want_a_kernel_at_once_one_fetches_it(
    mirror: debian.Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[Image] = []
    threads = [threading.Thread(target=lambda: found.append(available.find("6.1"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert capsys.readouterr().err.count("fetching the kernel") == 1


@with_apt
def test_this_machines_kernel_is_preferred_to_the_archives(mirror: debian.Archive, tmp_path: Path) -> None:
    installed(tmp_path, TEN, "6.1.10-1")
    assert available.find("6.1").vmlinuz == tmp_path / "boot" / f"vmlinuz-{TEN}"
    assert [known.where for known in available.listed().kernels] == ["archive", "boot", "archive", "archive"]


@with_apt
def test_a_disk_that_is_too_small_is_reported_before_a_download(
    mirror: debian.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_UNPACKED_BYTES", 1 << 60)
    with pytest.raises(PrerequisiteError, match=r"6\.1\.0-10.* takes \d+ MB below .* MB are free.*XDG_CACHE_HOME"):
        available.find("6.1")


@with_apt
def test_the_command_lists_what_can_be_had_as_json(mirror: debian.Archive) -> None:
    done = barewire_inside("kernels", "--json")
    listing = json.loads(done.out)
    jsonschema.Draft202012Validator(schemas.schema("kernels")).validate(listing)
    running, *others = [row for row in listing["kernels"] if row["where"] in ("running", "archive")]
    assert running["release"] == os.uname().release
    assert [row["release"] for row in others] == [TEN, TWELVE, SEVEN], "the newest of each series"
    assert all(row["bytes_to_fetch"] > 0 and row["features"] is None for row in others)


@with_apt
@pytest.mark.parametrize("width", [40, 70])
def test_on_a_narrow_terminal_nothing_of_a_kernel_is_cut_off(
    mirror: debian.Archive, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    done = barewire_inside("kernels")
    lines = done.out.splitlines()
    assert {TEN, TWELVE, SEVEN} <= {line.split()[0] for line in lines if line.split()}
    assert "…" not in done.out
    assert max(map(len, lines)) <= width


def test_without_apt_the_system_and_the_cache_serve(
    testbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(programs, "located", lambda name: None)
    with pytest.raises(PrerequisiteError, match="needs apt, which this machine does not have"):
        available.find("6.1")
    monkeypatch.undo()
    if programs.located("depmod") is None:
        pytest.skip("kmod is not installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(available, "_BOOT", tmp_path / "boot")
    monkeypatch.setattr(available, "_LIB", tmp_path / "lib" / "modules")
    installed(tmp_path, TEN, "6.1.10-1")
    monkeypatch.setattr(programs, "located", lambda name: None)
    assert available.find("6.1").release == TEN
    assert "taking 6.1.0-10" in capsys.readouterr().err


def test_a_read_only_cache_is_named_with_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(PrerequisiteError, match=r"cache .* cannot be written.*XDG_CACHE_HOME"):
        cache.folder()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a Linux kernel"),
        (b"\x7fELF" + bytes(2000), "arch/x86/boot/bzImage"),
        (debian.bzimage("not-a-release"), "does not say which kernel it is"),
        (debian.bzimage("6.1.0")[:0x210], "does not say which kernel it is"),
    ],
    ids=["empty", "vmlinux", "no release", "cut off"],
)
def test_a_file_that_is_no_kernel_is_refused(testbed: Path, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "vmlinuz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        available.find(str(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_kernel_that_may_not_be_read_is_said_with_the_remedy(testbed: Path, tmp_path: Path) -> None:
    path = tmp_path / "vmlinuz"
    path.write_bytes(debian.bzimage(TEN))
    path.chmod(0)
    with pytest.raises(PrerequisiteError, match=r"may not be read.*chmod a\+r"):
        available.find(str(path))


def test_a_path_takes_modules_that_are_named_or_beside_it(testbed: Path, tmp_path: Path) -> None:
    built = tmp_path / "build" / "bzImage"
    built.parent.mkdir()
    built.write_bytes(debian.bzimage("6.19.0-rc1"))
    assert available.find(str(built)) == Image("6.19.0-rc1", str(built), built)
    modules = debian.tree(tmp_path, "6.19.0-rc1")
    (modules / "modules.dep").touch()
    for given in (modules, modules.parent, tmp_path):
        assert available.find(f"{built}:{given}").modules == modules
    (tmp_path / "boot").mkdir()
    beside = (tmp_path / "boot" / "vmlinuz").resolve()
    beside.write_bytes(built.read_bytes())
    assert available.find(str(beside)).modules == modules


def test_modules_of_another_kernel_or_without_index_are_refused(testbed: Path, tmp_path: Path) -> None:
    built = tmp_path / "bzImage"
    built.write_bytes(debian.bzimage("6.19.0-rc1"))
    other = debian.tree(tmp_path / "other", "6.18.0")
    with pytest.raises(UsageError, match=r"holds no modules of the kernel 6\.19\.0-rc1.*modules_install"):
        available.find(f"{built}:{other}")
    debian.tree(tmp_path, "6.19.0-rc1")
    with pytest.raises(PrerequisiteError, match=r"not indexed.*depmod -b"):
        available.find(f"{built}:{tmp_path}")


def test_a_kernel_without_9p_is_refused_with_what_to_build(testbed: Path, tmp_path: Path) -> None:
    modules = debian.tree(tmp_path, TEN)
    (modules / "modules.dep").write_text("kernel/drivers/virtio/virtio_pci.ko.xz: \nkernel/fs/overlayfs/overlay.ko:\n")
    (modules / "modules.builtin").write_text("kernel/drivers/char/virtio_console.ko\n")
    with pytest.raises(PrerequisiteError, match=r"has no 9pnet_virtio, 9p.*CONFIG_NET_9P_VIRTIO, CONFIG_9P_FS"):
        initramfs.initramfs(Image(TEN, TEN, tmp_path / "vmlinuz", modules))


@pytest.mark.parametrize("text", ["", "newest", "6", "v6.1"])
def test_what_names_no_kernel_is_refused_with_how_one_is_named(testbed: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"names no kernel.*6\.12, host, or PATH"):
        available.find(text)


def test_versions_are_ordered_as_dpkg_does() -> None:
    if programs.located("dpkg") is None:
        pytest.skip("dpkg is not installed")
    versions = ["6.1.9-1", "6.1.10-1", "6.1.10-2", "6.12.3-1~bpo12+1", "6.12.3-1", "6.12.3-1+b1", "7.0.1-1~bpo13+1"]
    for one, other in itertools.permutations(versions, 2):
        said = subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False)
        assert (archive.order(one) < archive.order(other)) is (said.returncode == 0), (one, other)


def test_the_machines_own_debian_mirror_is_asked_and_no_other() -> None:
    found = archive.sources(
        "'https://deb.example.com/node_20.x/dists/nodistro/InRelease' deb.example.com_node 0 \n"
        "'https://packages.example.com/debian/12/prod/dists/bookworm/InRelease' packages.example.com 0 \n"
        "'http://mirror.example.org/debian/dists/bookworm/InRelease' mirror.example.org_debian 0 \n"
        "'http://mirror.example.org/debian-security/dists/bookworm-security/InRelease' mirror.example.org_security 0 \n"
        "'http://mirror.example.org/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.example.org_main 0 \n",
        "/keys",
    )
    lines = found.splitlines()
    assert "deb [signed-by=/keys] http://mirror.example.org/debian trixie-backports main" in lines
    assert "deb [signed-by=/keys] http://mirror.example.org/debian-security trixie-security main" in lines
    assert len(lines) == len(archive.SUITES) + len(archive.SECURITY_SUITES)


def test_a_machine_without_a_mirror_of_debian_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    uris = "'http://mirror.example.org/ubuntu/dists/noble/InRelease' mirror.example.org 0 \n"
    monkeypatch.delenv(archive.MIRROR, raising=False)
    with pytest.raises(PrerequisiteError, match=r"no mirror of Debian.*BAREWIRE_MIRROR"):
        archive.sources(uris, "")
    monkeypatch.setenv(archive.MIRROR, "http://mirror.example.org/debian")
    found = archive.sources(uris, "").splitlines()
    assert found == [f"deb http://mirror.example.org/debian {suite} main" for suite in archive.SUITES]


@pytest.mark.skipif(
    any(programs.located(name) is None for name in ("qemu-system-x86_64", "busybox", "modprobe", "depmod", "file")),
    reason="an initramfs takes QEMU, busybox, kmod and file",
)
def test_an_initramfs_is_made_once_and_again_for_another_kernel(testbed: Path, tmp_path: Path) -> None:
    installed(tmp_path, TEN, "6.1.10-1")
    image = available.find(TEN)
    first = initramfs.initramfs(image)
    content = first.read_bytes()
    for name in ("overlay.ko", "virtio_pci.ko"):  # the others go by aliases, which these modules do not have
        assert f"insmod modules/{name}".encode() in content
    stamp = first.stat().st_mtime_ns
    assert initramfs.initramfs(image) == first
    assert first.stat().st_mtime_ns == stamp
    image.vmlinuz.write_bytes(debian.bzimage(TEN, "6.1.10-2") + b"\0")
    assert initramfs.initramfs(image) != first


def test_every_error_of_this_page_ends_with_what_to_do(testbed: Path, tmp_path: Path) -> None:
    for text in ("nothing", str(tmp_path / "none")):
        with pytest.raises(BarewireError) as error:
            available.find(text)
        assert error.value.remedy
