"""What `barewire kernels` prints: the kernels that a study can run on, and what each supports."""

from __future__ import annotations

import json as json_format
import platform
import re
from collections.abc import Mapping, Sequence

from rich.table import Table

from barewire import schemas
from barewire.errors import BarewireError, UsageError
from barewire.kernel import features
from barewire.kernel.features import Feature
from barewire.records import plain
from barewire.records.kernels import FeatureRecord, KernelRecord, KernelsDocument, Where
from barewire.render.terminal import new_console
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.vm import kernels, supports
from barewire.testbeds.vm.kernels import Known

_WHERE = {"boot": "/boot", "cache": "cache", "here": "local"}


def run(names: Sequence[str], *, probe: bool, everything: bool, json: bool) -> None:
    """Print the named kernels, or all. With `probe`, boot them first and probe their features."""
    if everything and (names or probe):
        raise UsageError(
            f"--all has no effect with {'--probe' if probe else 'kernels that are named'}",
            said="it lists what can be downloaded, and these are few",
            remedy="Leave one of them out",
        )
    if names or probe:
        rows = [_named(name, probe=probe) for name in names or _here()]
        notes: Sequence[str] = ()
    else:
        listing = kernels.listed()
        rows = [_row(known) for known in (listing.kernels if everything else _newest(listing.kernels))]
        notes = listing.notes
    rows.insert(0, _running())
    if json:
        document = KernelsDocument(f"barewire/kernels/{schemas.VERSION}", tuple(rows), tuple(notes))
        print(json_format.dumps(plain(document), indent=1))
        return
    new_console().print(_table(rows))
    for note in notes:
        print(f"\n{note}")


def _here() -> list[str]:
    """The kernels that `--probe` without names probes: all that need no download."""
    return [known.release for known in kernels.near() if known.image is not None]


def _newest(known: Sequence[Known]) -> list[Known]:
    """All kernels on this machine, and the newest of each series that would be downloaded."""
    last = {_series(one): one for one in sorted(known, key=lambda one: kernels.order(one.version))}
    return [one for one in known if one.package is None or last[_series(one)] is one]


def _series(known: Known) -> str:
    match = re.match(r"\d+\.\d+", known.version)
    return match[0] if match else known.version


def _running() -> KernelRecord:
    """The running kernel, probed at once: it needs no VM."""
    try:
        with LocalTestbed().open() as nodes:
            found, trouble = nodes.probe(features.KNOWN), ""
    except BarewireError as error:
        found, trouble = None, str(error)
    return _record(platform.release(), platform.release(), "running", 0, "", trouble, found)


def _named(name: str, *, probe: bool) -> KernelRecord:
    image = kernels.find(name)
    found = supports.remembered(image)
    if probe and found is None:
        kernels.report(f"booting {image.release} to probe its features: 30 s to 2 min, once")
        found = supports.probe(image)
    version = kernels.version(image)
    return _record(image.release, version, "here", 0, str(image.vmlinuz), "", found)


def _row(known: Known) -> KernelRecord:
    found = supports.remembered(known.image) if known.image else None
    return _record(
        known.release, known.version, known.where, known.package.bytes if known.package else 0,
        str(known.image.vmlinuz) if known.image else "", known.trouble, found,
    )  # fmt: skip


def _record(
    release: str,
    version: str,
    where: Where,
    fetched: int,
    vmlinuz: str,
    trouble: str,
    found: Mapping[str, Feature] | None,
) -> KernelRecord:
    supported = {name: FeatureRecord(one.available, one.reason) for name, one in found.items()} if found else None
    return KernelRecord(release, version, where, fetched, vmlinuz, trouble, supported)


def _table(rows: Sequence[KernelRecord]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("kernel", no_wrap=True)  # to be copied
    for title in ("version", "source", "missing features"):
        table.add_column(title, overflow="fold")
    for row in rows:
        where = _WHERE.get(row.where, row.where)
        if row.bytes_to_fetch:
            where = f"archive, {row.bytes_to_fetch / 1e6:.0f} MB"
        table.add_row(row.release, row.version if row.version != row.release else "", where, _lacks(row))
    return table


def _lacks(row: KernelRecord) -> str:
    if row.trouble:
        return row.trouble
    if row.features is None:
        return "not probed" if row.bytes_to_fetch else "not probed (--probe)"
    lacking = [name for name, one in row.features.items() if not one.available]
    return ", ".join(map(_word, lacking)) if lacking else f"none of {len(row.features)}"


def _word(name: str) -> str:
    """`link:gre` is gre, `bpf:tcx` is BPF tcx."""
    kind, _, what = name.partition(":")
    return f"BPF {what}" if kind == "bpf" else what
