"""Kernels that a VM boots: the interface to `kernels` for the layers above testbeds."""

from __future__ import annotations

from collections.abc import Sequence

from barewire.errors import BarewireError, PrerequisiteError
from barewire.kernels import archive, available, cache, vmlinuz
from barewire.kernels.available import Known, Listing
from barewire.kernels.image import Image

__all__ = [
    "USUAL",
    "Image",
    "Known",
    "Listing",
    "find",
    "listed",
    "near",
    "order",
    "report",
    "settled",
    "usual",
    "version",
]

USUAL = "6.12"
"""A long-term series, Debian 13's: runs of different months, and of different people, stay comparable."""


def find(text: str) -> Image:
    """The kernel that `text` names: a version, a release, a path, or `host`."""
    return available.find(text)


def usual() -> Image:
    """The kernel that a VM boots where none is named: the newest of `USUAL`, or if there is none, the newest of all."""
    try:
        return available.find(USUAL)
    except BarewireError:
        return _newest()


def settled(text: str) -> str:
    """`text` as a plan keeps it."""
    return available.settled(text)


def listed() -> Listing:
    """Every kernel that can be booted, here or in the archive."""
    return available.listed()


def near() -> Sequence[Known]:
    """The kernels that need no download."""
    return available.near()


def order(version_: str) -> tuple[int, ...]:
    """A key that sorts versions from old to new."""
    return archive.order(version_)


def version(image: Image) -> str:
    """What a kernel's file says of its build."""
    return vmlinuz.read(image.vmlinuz).version


def report(text: str) -> None:
    """Print one line on what takes a while."""
    cache.report(text)


def _newest() -> Image:
    """PrerequisiteError when there is no kernel at all."""
    listing = available.listed()
    usable = [known for known in listing.kernels if not known.trouble]
    if not usable:
        raise PrerequisiteError(
            "there is no kernel that a VM could boot", said=" ".join(listing.notes),
            remedy="Name one by its path: --kernel PATH-to-vmlinuz",
        )  # fmt: skip
    return available.find(usable[-1].release)
