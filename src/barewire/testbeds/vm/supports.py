"""Features of a kernel, probed in a VM and cached, because a boot takes half a minute when emulated.

The memory is one file for each kernel and each list of questions, so that a new question asks again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from barewire.kernel import features
from barewire.kernel.features import Feature
from barewire.kernels import cache
from barewire.kernels.image import Image
from barewire.testbeds.vm.testbed import VmTestbed


def remembered(image: Image) -> dict[str, Feature] | None:
    """The cached features; None if this kernel was never probed."""
    try:
        return {one["name"]: Feature(**one) for one in json.loads(_memory(image).read_text())}
    except (OSError, ValueError, TypeError, KeyError):
        return None


def probe(image: Image, say: Callable[[str], None] = cache.report) -> dict[str, Feature]:
    """Boot it and probe all of `features.KNOWN`. Errors of the VM are raised to the caller."""
    with VmTestbed(image, say=say) as testbed:
        return tried(testbed)


def tried(testbed: VmTestbed) -> dict[str, Feature]:
    """Try everything of `features.KNOWN` in a VM, and remember it of its kernel."""
    memory = _memory(testbed.image)
    with testbed.open() as nodes:
        found = nodes.probe(features.KNOWN)
    try:
        with cache.workshop(memory.parent) as made:
            (made / "found").write_text(json.dumps([asdict(one) for one in found.values()]))
            (made / "found").rename(memory)
    except OSError as error:
        raise cache.unwritable(memory.parent, error) from error
    return found


def _memory(image: Image) -> Path:
    stamp = image.vmlinuz.stat()
    key = repr((str(image.vmlinuz), stamp.st_size, stamp.st_mtime_ns, str(image.modules), features.KNOWN))
    return cache.folder() / f"features-{image.release}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
