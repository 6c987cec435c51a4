"""What admission makes of a study's pods: containers that the cluster adds (a service mesh's), and a CPU limit (a LimitRange's).

Neither is refused, and both change what is measured: packets may pass through such a container, and a limit stops loads.
"""

from __future__ import annotations

from collections.abc import Iterator

from lightkube.resources.core_v1 import Pod

from barewire.testbeds.kubernetes import manifests


def find_changes(made: Pod) -> Iterator[tuple[str, str]]:
    """A sentence for each, and what to do about it. `made` is the pod as the API answers with it."""
    if made.spec is None:
        return
    names = [one.name for one in (*made.spec.containers, *(made.spec.initContainers or ()))]
    if added := [name for name in names if name != manifests.CONTAINER]:
        said = f"the cluster adds {', '.join(added)} to each pod, and packets may pass through that"
        yield said, "Choose a namespace without such an injection, with --namespace"
    for one in made.spec.containers:
        limit = ((one.resources.limits if one.resources else None) or {}).get("cpu")
        if one.name == manifests.CONTAINER and limit:
            where = made.metadata.namespace if made.metadata else ""
            said = f"namespace {where} limits each pod's CPU to {limit}, so loads are throttled there"
            yield said, "Choose another with --namespace"
