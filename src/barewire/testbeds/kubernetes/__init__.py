"""A Kubernetes cluster as it stands: pods of a study, the programs that run in them, and what the cluster is made of.

Its modules need the package lightkube, an optional dependency; import them through `require` where it may be missing.
"""

from __future__ import annotations

from importlib.util import find_spec

from barewire.errors import PrerequisiteError

PACKAGE = "lightkube"
INSTALL = "pip install 'lightkube>=1.0'"


def require() -> None:
    """PrerequisiteError without the client library."""
    if find_spec(PACKAGE) is None:
        raise PrerequisiteError(
            f"a cluster is measured with the Python package {PACKAGE}, which is not installed",
            remedy=f"Type `{INSTALL}` in the environment of barewire",
        )
