"""Options of the testbed: labs that are built, here or on other machines, or a cluster as it stands."""

from __future__ import annotations

from barewire.study.design.options.option import CLUSTER, Option
from barewire.testbeds.kubernetes.ways import CNI_FOLDER, IMAGE

LOCAL, SSH, KUBERNETES = "local", "ssh", "kubernetes"

OPTIONS = (
    Option(
        "testbed",
        CLUSTER,
        "local, ssh or kubernetes",
        '"local", this machine, "ssh", the machines of the key machines, or "kubernetes", a cluster as it stands',
        default=LOCAL,
    ),
    Option(
        "machines",
        CLUSTER,
        "Of ssh: root@a%eth1,root@b%eth1",
        'machines of the testbed ssh, each with its network card, like ["root@a%eth1", "root@b%eth1"], or []',
        default=(),
        shown="",
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
    Option(
        "cni_config",
        CLUSTER,
        "CNI folder, PATH[:root], or none",
        'the folder of the nodes\' CNI configuration, ":root" after it to read files that only root may read, or "none"',
        default=CNI_FOLDER,
    ),
)
