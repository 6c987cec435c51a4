"""Settings of a network card that stay with it when it changes its namespace, or that the kernel forgets then: offloads, sysctls
of the device, and the steering of its queues.

Each is read as the kernel writes it, and only what differs is written back. Steering is in /sys, which shows the devices of the
namespace that it was mounted in: a machine's own shows the cards that are in the machine's own namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from barewire.kernel import pyroute

_FOLDERS = ("/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv6/conf")
_QUEUES = "/sys/class/net/{name}/queues"
_STEERING = ("rx-*/rps_cpus", "rx-*/rps_flow_cnt", "tx-*/xps_cpus", "tx-*/xps_rxqs")


def read_offloads(name: str) -> dict[str, bool]:
    """Those that can be switched."""
    try:
        with pyroute.Ethtool() as ethtool:
            found = ethtool.get_features(name).features
            return {key: bool(one.enable) for key, one in found.items() if one.available}
    except (OSError, pyroute.NotSupportedError):
        return {}


def write_offloads(name: str, wanted: Mapping[str, bool]) -> list[str]:
    """What could not be done."""
    differing = {key for key, value in read_offloads(name).items() if wanted.get(key, value) != value}
    if not differing:
        return []
    try:
        with pyroute.Ethtool() as ethtool:
            features = ethtool.get_features(name)
            for key in differing:
                features.features[key].enable = wanted[key]
            ethtool.set_features(name, features)
    except (OSError, pyroute.NotSupportedError) as error:
        return [f"its offloads: {error}"]
    return []


def read_sysctls(name: str) -> Iterator[tuple[str, str]]:
    """Every sysctl of the device, like `ipv4/rp_filter`."""
    for folder in _FOLDERS:
        for path in sorted(Path(folder, name).glob("*")):
            with suppress(OSError):  # stable_secret cannot be read before it is set
                yield f"{folder.rsplit('/', 2)[1]}/{path.name}", path.read_text().strip()


def write_sysctls(name: str, wanted: Mapping[str, str]) -> None:
    """Those that the kernel refuses are what it made of the device anew."""
    now = dict(read_sysctls(name))
    for key, value in wanted.items():
        if now.get(key, value) != value:
            family, _, last = key.partition("/")
            with suppress(OSError):
                Path("/proc/sys/net", family, "conf", name, last).write_text(value)


def read_steering(name: str) -> Iterator[tuple[str, str]]:
    """RPS, RFS and XPS of every queue; XPS is left out where there is one queue, which the kernel does not steer."""
    queues = Path(_QUEUES.format(name=name))
    for pattern in _STEERING:
        for file in sorted(queues.glob(pattern)):
            with suppress(OSError):
                yield str(file.relative_to(queues)), file.read_text().strip()


def write_steering(name: str, wanted: Mapping[str, str]) -> list[str]:
    """What could not be done."""
    now, left = dict(read_steering(name)), []
    for key, value in wanted.items():
        if now.get(key, value) != value:
            try:
                Path(_QUEUES.format(name=name), key).write_text(value)
            except OSError as error:
                left.append(f"{key}: {error.strerror}")
    return left
