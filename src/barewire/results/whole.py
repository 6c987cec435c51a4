"""Files that belong together, written whole or not at all.

Each is written beside its place first. Only when all of them are on the disk are they renamed, so that a full disk or an
interrupt leaves what was there before. Limit: a kill between two renames leaves new files beside old ones, each whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def write(files: Mapping[Path, bytes]) -> None:
    """Write every file, or raise OSError and change none."""
    partial = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in files}
    try:
        for beside, path in partial.items():
            if path.is_dir():
                raise IsADirectoryError(21, "Is a directory", str(path))
            beside.write_bytes(files[path])
        for beside, path in partial.items():
            beside.replace(path)
    finally:
        for beside in partial:
            beside.unlink(missing_ok=True)
