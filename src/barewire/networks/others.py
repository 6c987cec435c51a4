"""Names of products that barewire does not build, and the nearest network for each.

barewire builds a data path from the kernel's own parts. What these products add (agents, policies, proxies) is not included, so
the numbers are not those of the product.
"""

from __future__ import annotations

from collections.abc import Mapping

ALIASES: Mapping[str, str] = {
    "vxlan": "flannel/vxlan",
    "flannel-vxlan": "flannel/vxlan",
    "host-gw": "flannel/host-gw",
    "hostgw": "flannel/host-gw",
    "flannel-host-gw": "flannel/host-gw",
    "flannel-wireguard": "flannel/wireguard",
    "flannel-ipip": "flannel/ipip",
    "aws-vpc": "flannel/aws-vpc",
    "flannel-aws-vpc": "flannel/aws-vpc",
    "calico-bgp": "calico/bgp",
    "calico-ipip": "calico/ipip",
    "calico-vxlan": "calico/vxlan",
    "calico-wireguard": "calico/wireguard",
    "flannel(real)": "flannel/real",
    "calico(real)": "calico/real",
    "kube-router(real)": "kube-router/real",
    "ipvlan-l2": "ipvlan/l2",
    "ipvlan-l3": "ipvlan/l3",
    "ipvlan-l3s": "ipvlan/l3s",
}
"""Other ways to write a network's name, of which each means one network alone."""

_WEAVE = (
    "Weave Net forwards by Open vSwitch's kernel datapath, in VXLAN, by flows that its router installs for each pair of MACs",
    "antrea (the same datapath in Geneve, with other flows)",
)  # fmt: skip

NEAREST: Mapping[str, tuple[str, str]] = {
    "aws-vpc-cni": ("the AWS VPC CNI routes pods by addresses of the VPC", "ptp (routed veth; no VPC router)"),
    "calico": ("Calico has several ways between nodes", "calico/bgp, calico/ipip, calico/vxlan, calico/wireguard; no policies"),
    "canal": ("Canal is flannel's VXLAN between Calico's pods", "calico/vxlan (Calico's own VXLAN; no policies)"),
    "cilium": ("Cilium forwards by eBPF programs", "ebpf/vxlan-legacy (as its default), ebpf/vxlan, ebpf/native, ebpf/netkit"),
    "flannel": ("flannel has several backends", "flannel/vxlan (its default), flannel/host-gw, flannel/wireguard, flannel/ipip"),
    "ipvlan": ("ipvlan has three modes", "ipvlan/l2, ipvlan/l3, ipvlan/l3s"),
    "kindnet": ("kindnet routes pods by veth and node routes", "ptp"),
    "ovn-kubernetes": ("OVN forwards by Open vSwitch, in Geneve", "antrea (Open vSwitch and Geneve with other flows)"),
    "weave": _WEAVE,
    "weave-net": _WEAVE,
}  # fmt: skip
"""What the product does, and the networks that come nearest, with what they lack."""
