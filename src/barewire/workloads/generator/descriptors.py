"""Open files of the generator and the server: every connection takes one on each side."""

from __future__ import annotations

import resource

from barewire.errors import PrerequisiteError

_SPARE_DESCRIPTORS = 64
"""Of the generator and the server, in addition to those of connections."""


def require(connections: int, threads: int) -> None:
    """PrerequisiteError when the generator or the server may not have as many open files as `connections` need. Raises the hard
    limit of this process, which its children inherit, where the kernel allows it."""
    needed = connections + 2 * threads + _SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= needed:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, needed))
    except (OSError, ValueError) as error:
        raise PrerequisiteError(
            f"{connections} connections need {needed} open files",
            said=f"the hard limit of this process is {hard}, and the kernel does not let it be raised ({error})",
            remedy=f"Use fewer --connections, or raise the limit (as root: ulimit -Hn {needed}; of a service: LimitNOFILE=)",
        ) from error
