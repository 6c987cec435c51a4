"""Options of the testbed: labs that are built, or a cluster as it stands."""

from __future__ import annotations

from barewire.study.design.options.option import CLUSTER, Option
from barewire.testbeds.kubernetes.ways import IMAGE

LOCAL, KUBERNETES = "local", "kubernetes"

OPTIONS = (
    Option(
        "testbed",
        CLUSTER,
        "Labs (local) or a cluster (kubernetes)",
        '"local", where labs are built, or "kubernetes", a cluster as it stands',
        default=LOCAL,
    ),
    Option(
        "context", CLUSTER, "Context of the kubeconfig", "a context of the kubeconfig", default="", shown="the current"
    ),
    Option(
        "namespace",
        CLUSTER,
        "Namespace of the pods",
        "a namespace of the cluster",
        default="",
        shown="the context's",
    ),
    Option(
        "pairs",
        CLUSTER,
        "Pairs of nodes, each for a share of the blocks",
        "a whole number of pairs of nodes, 1 to 100",
        default=1,
        type=int,
    ),
    Option(
        "policies",
        CLUSTER,
        "Numbers of NetworkPolicies to compare: 0,10,100",
        "numbers of NetworkPolicies, 0 to 10000, like [0, 10, 100], or [] for none",
        default=(),
        shown="",
    ),
    Option(
        "image",
        CLUSTER,
        "Image of the pods; nothing of it is used",
        "an image that the nodes can pull; nothing of it is used",
        default=IMAGE,
        shown="pause:3.10",
    ),
)
