"""Debian's archive of kernels, through apt: nothing is installed, and no list, state or cache of the machine is changed.

apt knows this machine's mirror, proxies and keys, and checks signatures; so it gets our own folders and is otherwise left
alone. The suites are those that hold kernels from 6.1 to today's, whatever this machine runs; sid's list is as
big as all others together and its kernels reach backports within days, so it is not asked. Signed kernels alone: not those for
clouds (they lack 9p) or real time.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from barewire.errors import BarewireError, MeasurementError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernels import cache
from barewire.kernels.image import Image

SUITES = ("bookworm", "bookworm-updates", "bookworm-backports", "trixie", "trixie-updates", "trixie-backports")
SECURITY_SUITES = ("bookworm-security", "trixie-security")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

_DEBIANS = ("bookworm", "trixie", "forky", "oldstable", "stable", "testing", "sid", "unstable")
MIRROR = "BAREWIRE_MIRROR"
"""The environment's variable that names a mirror of Debian, for machines whose apt knows none."""

_KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp")
_PARTS = ("image", "base", "binary", "modules")
_NAMES_ONLY_BYTES = 1_000_000
_FRESH_SECONDS = 24 * 3600
_AGAIN_SECONDS = 3600
_UNPACKED_BYTES = 300_000_000
_LISTS_SIZE, _LISTS_BYTES = "some 20 MB", 150_000_000
"""What is downloaded, and what apt makes of it."""


@dataclass(frozen=True, slots=True)
class Package:
    """A kernel that can be fetched: one Debian package up to 6.18, later several of the same version (`parts`)."""

    release: str
    version: str
    bytes: int
    parts: tuple[str, ...]


def sources(uris: str, keyring: str) -> str:
    """What apt is to read: Debian's mirror and its mirror of security updates, from what `apt-get update --print-uris` says of
    the machine's own sources, else from the environment; PrerequisiteError where neither names one."""
    mirror, security = os.environ.get(MIRROR, ""), ""
    for uri, suite in re.findall(r"^'(\S+)/dists/(\S+)/InRelease'", uris, re.MULTILINE):
        name, _, rest = suite.partition("-")
        if name not in _DEBIANS or not re.search(r"/debian[^/]*$", uri):
            continue
        if rest == "security":
            security = uri
        else:
            mirror = uri
    if not mirror:
        raise PrerequisiteError(
            "this machine's apt knows no mirror of Debian to fetch a kernel from",
            remedy=f"Name one in {MIRROR}, or a kernel by its path: --kernel PATH-to-vmlinuz",
        )
    signed = f"[signed-by={keyring}] " if keyring else ""
    lines = [(mirror, suite) for suite in SUITES] + [(security, suite) for suite in SECURITY_SUITES if security]
    return "".join(f"deb {signed}{uri} {suite} main\n" for uri, suite in lines)


class Archive:
    """The archive as seen from `place`, the kernels' cache."""

    def __init__(self, place: Path) -> None:
        self._place, self._state = place, place / "apt"
        self._memo = self._state / "packages.json"
        self._architecture = ARCHITECTURES.get(platform.machine(), "")

    def packages(self) -> list[Package]:
        """Every kernel of the archive, oldest first, from lists that are at most a day old.

        PrerequisiteError without apt, MeasurementError when the archive cannot be reached and was not seen before."""
        if programs.located("apt-get") is None or programs.located("apt-cache") is None:
            raise PrerequisiteError(
                "Debian's archive of kernels needs apt, which this machine does not have",
                remedy="Use a kernel of /boot, or name one by its path: --kernel PATH-to-vmlinuz:MODULES",
            )
        if not self._architecture:
            raise PrerequisiteError(
                f"barewire cannot download kernels for {platform.machine()}",
                remedy="Name one by its path: --kernel PATH",
            )
        with cache.locked(self._place):
            self._update()
            return self._known()

    def fetch(self, package: Package) -> Image:
        """Download and unpack it, unless somebody has meanwhile."""
        with cache.locked(self._place):
            for release, version, image in cache.kept(self._place):
                if (release, version) == (package.release, package.version):
                    return image
            self._room(f"the kernel {package.release}", package.bytes + _UNPACKED_BYTES)
            cache.report(
                f"fetching the kernel {package.release} from Debian's archive: {package.bytes / 1e6:.0f} MB, once"
            )
            with cache.workshop(self._place) as made:
                wanted = [f"{part}={package.version}" for part in package.parts]
                said = self._apt("apt-get", "download", *wanted, cwd=made, shown=True)
                found = sorted(made.glob("*.deb"))
                if said.returncode or len(found) != len(wanted):
                    # The archive may have replaced it since its lists were read.
                    (self._state / "updated").unlink(missing_ok=True)
                    raise self._unreachable(f"the kernel {package.release} could not be fetched", said.stderr)
                return cache.unpack(found, package.release, package.version, self._place)

    def _update(self) -> None:
        """Lists of our own, unless today's are here; an archive that is away leaves yesterday's, said."""
        stamp = self._state / "updated"
        if stamp.exists() and 0 <= time.time() - stamp.stat().st_mtime < _FRESH_SECONDS and self._memo.exists():
            return  # asking apt for this machine's mirror alone would take a second
        try:
            self._configure()
        except OSError as error:
            raise cache.unwritable(self._place, error) from error
        self._room("the list of Debian's kernels", _LISTS_BYTES)
        cache.report(f"asking Debian's archive which kernels there are: {_LISTS_SIZE}, once a day")
        said = self._apt("apt-get", "-q", "update", cwd=self._state)
        trouble = [line for line in said.stderr.splitlines() if line.startswith(("E:", "W:", "Err:"))]
        if said.returncode == 0 and not any("Failed to fetch" in line for line in trouble):
            self._memo.unlink(missing_ok=True)
            stamp.touch()
        elif self._known():
            why = (trouble or said.stderr.strip().splitlines() or ["apt said nothing"])[0]
            cache.report(
                f"not every list of kernels could be renewed ({why}); going on with those that are here for an hour"
            )
            stamp.touch()
            again = time.time() - _FRESH_SECONDS + _AGAIN_SECONDS
            os.utime(stamp, (again, again))
        else:
            raise self._unreachable("Debian's archive cannot be reached", said.stderr)

    def _known(self) -> list[Package]:
        """The kernels of the lists that are here; apt takes seconds to read them, so what it said is kept."""
        try:
            kept = json.loads(self._memo.read_text())
            return [Package(**{**one, "parts": tuple(one["parts"])}) for one in kept]
        except (OSError, ValueError, TypeError, KeyError):
            found = self._asked()
        if found:
            self._memo.write_text(json.dumps([asdict(one) for one in found]))
        return found

    def _asked(self) -> list[Package]:
        pattern = re.compile(rf"linux-({'|'.join(_PARTS)})-(\d+\.\d+\.\d+\S*-{self._architecture})$")
        searched = self._apt("apt-cache", "search", "--names-only", "^linux-[a-z]*-[0-9]", cwd=self._state).stdout
        names = [line.partition(" ")[0] for line in searched.splitlines()]
        names = [name for name in names if pattern.match(name) and not re.search(r"-(rt|cloud|dbg|unsigned)-", name)]
        if not names:
            return []
        shown = self._apt("apt-cache", "show", "--no-all-versions", *names, cwd=self._state).stdout
        there: dict[tuple[str, str], dict[str, int]] = {}
        for paragraph in shown.split("\n\n"):
            fields = dict(re.findall(r"^(Package|Version|Size): (\S+)$", paragraph, re.MULTILINE))
            match = pattern.match(fields.get("Package", ""))
            if match and len(fields) == 3:
                there.setdefault((match[2], fields["Version"]), {})[match[1]] = int(fields["Size"])
        found = []
        for (release, version), parts in there.items():
            if "modules" in parts and "binary" in parts:
                parts.pop("image", None)  # it only names the others
            elif parts.get("image", 0) > _NAMES_ONLY_BYTES:
                parts = {"image": parts["image"]}
            else:
                continue  # superseded in part: its modules are gone from the archive
            names = [f"linux-{part}-{release}" for part in sorted(parts)]
            found.append(Package(release, version, sum(parts.values()), tuple(names)))
        return sorted(found, key=lambda package: order(package.version))

    def _configure(self) -> None:
        """Everything that apt keeps, below the cache; hooks and pins of this machine's do not concern us."""
        for name in ("lists/partial", "cache/archives/partial"):
            (self._state / name).mkdir(parents=True, exist_ok=True)
        (self._state / "status").touch()
        keyring = next((path for path in _KEYRINGS if Path(path).exists()), "")
        if not keyring:
            raise PrerequisiteError(
                "Debian's kernels cannot be checked: this machine does not have the keys of Debian's archive",
                remedy="Type `sudo apt-get install -y debian-archive-keyring`",
            )
        (self._state / "sources.list").write_text(sources(_uris(), keyring))
        (self._state / "apt.conf").write_text(
            f"""#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
Dir::State "{self._state}";
Dir::State::lists "lists";
Dir::State::status "{self._state}/status";
Dir::Cache "{self._state}/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "{self._state}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Architecture "{self._architecture}";
APT::Architectures {{ "{self._architecture}"; }};
APT::Sandbox::User "root";
"""
        )

    def _apt(self, program: str, *words: str, cwd: Path, shown: bool = False) -> subprocess.CompletedProcess[str]:
        """One run of apt's; `shown` lets its progress be seen where somebody watches."""
        path = programs.located(program)
        assert path is not None
        watched = shown and sys.stderr.isatty()
        return subprocess.run(
            [path, "-c", str(self._state / "apt.conf"), *words],
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if watched else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )

    def _room(self, what: str, wanted: int) -> None:
        """apt hangs on a disk that fills up, so it is asked before."""
        free = shutil.disk_usage(self._place).free
        if free < wanted:
            raise PrerequisiteError(
                f"{what} takes {wanted / 1e6:.0f} MB below {self._place}, where {free / 1e6:.0f} MB are free",
                remedy="Free space there, or name a folder on another disk in XDG_CACHE_HOME",
            )

    def _unreachable(self, what: str, said: str) -> BarewireError:
        if "No space left on device" in said or "Disk quota exceeded" in said:
            return cache.unwritable(self._place, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        lines = [line for line in said.strip().splitlines() if line.startswith("E:")] or said.strip().splitlines()
        return MeasurementError(
            what,
            said=lines[0].removeprefix("E: ") if lines else "apt said nothing",
            remedy="Is there a network, and a proxy that apt knows? Kernels of /boot and of the cache need neither",
        )


def order(version: str) -> tuple[int, ...]:
    """A key that sorts versions of kernels as dpkg does, `~` before nothing."""
    return (*(-1 if part == "~" else int(part) for part in re.findall(r"~|\d+", version)), 0)


def _uris() -> str:
    """The machine's own sources, as apt understands them; it reads them without their lists, too."""
    command = [programs.located("apt-get") or "apt-get", "update", "--print-uris"]
    said = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    return said.stdout
