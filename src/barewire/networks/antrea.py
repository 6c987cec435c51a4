"""Antrea's flow tables for Open vSwitch, as Antrea 2.7 has them in mode encap with its default features and no policy.

Tables, their order, matches, actions and marks are those of its pipeline (docs/design/ovs-pipeline.md and pkg/agent/openflow of
its release 2.7.0), for a node's gateway, tunnel, pods and peers over IPv4. A packet between pods of two nodes is looked up twice
on each: before connection tracking (zone 65520), and after it.

Left out: flows that only services, policies and egress addresses of a user add, of which there are none here, and those that send
packets to the agent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from barewire.model.leases import FamilyLease, Lease, NodeView, PodLease
from barewire.model.objects import stable_mac

BRIDGE, GATEWAY, TUNNEL = "br-int", "antrea-gw0", "antrea-tun0"
TUNNEL_PORT, GATEWAY_PORT = 1, 2
"""Numbers of ports; pods have the following ones."""

DEVICE, UDP_PORT = "genev_sys_6081", 6081
"""The kernel's link that Open vSwitch makes for a tunnel of Geneve, and its port."""

VIRTUAL_MAC = "aa:bb:cc:dd:ee:ff"
"""Destination of all frames to other nodes, whose flows decide about them."""

_VIRTUAL_SERVICE = "169.254.0.253"
_ZONE, _SNAT_ZONE = 65520, 65521

TABLES = (
    "PipelineRootClassifier", "ARPSpoofGuard", "ARPResponder", "Classifier", "SpoofGuard", "UnSNAT", "ConntrackZone",
    "ConntrackState", "PreRoutingClassifier", "SessionAffinity", "ServiceLB", "EndpointDNAT", "AntreaPolicyEgressRule",
    "EgressRule", "EgressDefaultRule", "EgressMetric", "L3Forwarding", "EgressMark", "L3DecTTL", "SNATMark", "SNAT",
    "L2ForwardingCalc", "IngressSecurityClassifier", "AntreaPolicyIngressRule", "IngressRule", "IngressDefaultRule",
    "IngressMetric", "ConntrackCommit", "Output",
)  # fmt: skip
"""In the order of their numbers; a packet that no flow matches goes to the next one, unless the table says otherwise."""

_DROP = {"PipelineRootClassifier", "ARPSpoofGuard", "ARPResponder", "Classifier", "SpoofGuard", "Output"}
_MISS = {
    "ConntrackState": "goto_table:{PreRoutingClassifier}",
    "SessionAffinity": "set_field:0x10000/0x70000->reg4",
    "L3Forwarding": "set_field:0x20/0xf0->reg0,goto_table:{L2ForwardingCalc}",
    "EgressMark": "set_field:0x20/0xf0->reg0,goto_table:{L2ForwardingCalc}",
}
_NUMBERS = {name: str(number) for number, name in enumerate(TABLES)}


def port_number(pod: PodLease) -> int:
    """The number of a pod's port."""
    return GATEWAY_PORT + pod.pod.index


def gateway_mac(node: str) -> str:
    """The MAC of a node's gateway."""
    return stable_mac(node, GATEWAY)


def flows(view: NodeView, peers: Sequence[Lease]) -> str:
    """The file of all flows of a node, as `ovs-ofctl add-flows` reads it."""
    family = view.lease.family(4)
    found: dict[str, list[str]] = {name: [] for name in TABLES}
    for table, flow in (
        *_common(family.gateway.ip.compressed), *_gateway(view, family), *_pods(view), *_peers(view, peers)
    ):  # fmt: skip
        found[table].append(flow)
    lines = []
    for number, name in enumerate(TABLES):
        lines.append(f"# {name}")
        lines += [f"table={number}, {_numbered(flow)}" for flow in found[name]]
        lines.append(f"table={number}, priority=0 actions={_numbered(_miss(number, name))}")
    return "\n".join([*lines, ""])


def _miss(number: int, name: str) -> str:
    return "drop" if name in _DROP else _MISS.get(name, f"goto_table:{number + 1}")


def _numbered(flow: str) -> str:
    """A flow with the numbers of the tables that it names."""
    for name, number in _NUMBERS.items():
        flow = flow.replace(f"{{{name}}}", number)
    return flow


def _common(gateway: str) -> Iterator[tuple[str, str]]:
    """Flows that depend on no port."""
    source_mark = "move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]"
    commit = f"ct(commit,table={{Output}},zone={_ZONE},exec({source_mark}))"
    marks = "set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark"
    hairpin = f"ct(commit,table={{SNAT}},zone={_ZONE},exec({marks},{source_mark}))"
    service = f"set_field:0x10/0x10->ct_mark,{marks}"
    to_switching = "table={L2ForwardingCalc}"
    yield "PipelineRootClassifier", "priority=200,arp actions=goto_table:{ARPSpoofGuard}"
    yield "PipelineRootClassifier", "priority=200,ip actions=goto_table:{Classifier}"
    yield "ARPResponder", "priority=190,arp actions=NORMAL"
    for address in (_VIRTUAL_SERVICE, gateway):
        yield "UnSNAT", f"priority=200,ip,nw_dst={address} actions=ct(table={{ConntrackZone}},zone={_SNAT_ZONE},nat)"
    yield "ConntrackZone", f"priority=200,ip actions=ct(table={{ConntrackState}},zone={_ZONE},nat)"
    yield "ConntrackState", "priority=200,ct_state=+inv+trk,ip actions=drop"
    known = "priority=190,ct_state=-new+trk"
    yield "ConntrackState", f"{known},ct_mark=0/0x10,ip actions=goto_table:{{AntreaPolicyEgressRule}}"
    rewritten = "set_field:0x200/0x200->reg0,goto_table:{AntreaPolicyEgressRule}"
    yield "ConntrackState", f"{known},ct_mark=0x10/0x10,ip actions={rewritten}"
    yield "PreRoutingClassifier", "priority=200,ip actions=resubmit(,{SessionAffinity}),resubmit(,{ServiceLB})"
    reselect = "set_field:0x10000/0x70000->reg4,resubmit(,{ServiceLB})"
    yield "EndpointDNAT", f"priority=190,reg4=0x20000/0x70000 actions={reselect}"
    yield "L3DecTTL", "priority=210,ip,reg0=0x2/0xf actions=goto_table:{SNATMark}"
    yield "L3DecTTL", "priority=200,ip actions=dec_ttl,goto_table:{SNATMark}"
    new = "priority=200,ct_state=+new+trk"
    yield "SNATMark", f"{new},ip,reg0=0x22/0xff actions={hairpin}"
    external = f"ct(commit,table={{SNAT}},zone={_ZONE},exec(set_field:0x20/0x20->ct_mark,{source_mark}))"
    yield "SNATMark", f"{new},ip,reg0=0x12/0xff,reg4=0x200000/0x2200000 actions={external}"
    for source, address in (("0x2", _VIRTUAL_SERVICE), ("0x3", gateway)):
        snat = f"ct(commit,{to_switching},zone={_SNAT_ZONE},nat(src={address}),exec({service}))"
        yield "SNAT", f"{new},ct_mark=0x40/0x40,ip,reg0={source}/0xf actions={snat}"
    again = f"ct({to_switching},zone={_SNAT_ZONE},nat)"
    yield "SNAT", f"priority=200,ct_state=-new-rpl+trk,ct_mark=0x20/0x20,ip actions={again}"
    mark = "set_field:0x10/0x10->ct_mark,set_field:0x20/0x20->ct_mark"
    snat = f"ct(commit,{to_switching},zone={_SNAT_ZONE},nat(src={gateway}),exec({mark}))"
    yield "SNAT", f"priority=190,ct_state=+new+trk,ct_mark=0x20/0x20,ip,reg0=0x2/0xf actions={snat}"
    probe = "priority=210,pkt_mark=0x80000000/0x80000000,ct_state=-rpl+trk,ip"
    yield "IngressSecurityClassifier", f"{probe} actions=goto_table:{{ConntrackCommit}}"
    for destination in ("0x20", "0x10", "0x40"):
        yield "IngressSecurityClassifier", f"priority=200,reg0={destination}/0xf0 actions=goto_table:{{IngressMetric}}"
    yield "IngressSecurityClassifier", "priority=200,ct_mark=0x40/0x40 actions=goto_table:{ConntrackCommit}"
    yield "ConntrackCommit", f"{new},ct_mark=0/0x20,ip actions={commit}"
    yield "Output", "priority=210,ct_mark=0x40/0x40 actions=IN_PORT"
    yield "Output", "priority=200,reg0=0x200000/0x600000 actions=output:NXM_NX_REG1[]"


def _gateway(view: NodeView, family: FamilyLease) -> Iterator[tuple[str, str]]:
    """Flows of the ports of gateway and tunnel."""
    gateway, mac, port = family.gateway.ip, gateway_mac(view.name), f'in_port="{GATEWAY}"'
    known = f"arp_spa={gateway},arp_sha={mac}"
    yield "ARPSpoofGuard", f"priority=200,arp,{port},{known} actions=goto_table:{{ARPResponder}}"
    local = "set_field:0x2/0xf->reg0,set_field:0x10000000/0x10000000->reg4,goto_table:{SpoofGuard}"
    yield "Classifier", f"priority=210,ip,{port},nw_src={gateway} actions={local}"
    outside = "set_field:0x2/0xf->reg0,set_field:0x8000000/0x8000000->reg4,goto_table:{SpoofGuard}"
    yield "Classifier", f"priority=200,{port} actions={outside}"
    tunnel = "set_field:0x1/0xf->reg0,set_field:0x200/0x200->reg0,goto_table:{UnSNAT}"
    yield "Classifier", f'priority=200,in_port="{TUNNEL}" actions={tunnel}'
    yield "SpoofGuard", f"priority=200,ip,{port} actions=goto_table:{{UnSNAT}}"
    to_gateway = f"set_field:{mac}->eth_dst,set_field:0x20/0xf0->reg0,goto_table:{{L3DecTTL}}"
    yield "L3Forwarding", f"priority=210,ip,nw_dst={gateway} actions={to_gateway}"
    yield "L3Forwarding", f"priority=210,ct_state=+rpl+trk,ct_mark=0x2/0xf,ip actions={to_gateway}"
    within = f"priority=200,ip,reg0=0/0x200,nw_dst={family.subnet}"
    yield "L3Forwarding", f"{within} actions=goto_table:{{L2ForwardingCalc}}"
    egress = "priority=190,ct_state=-rpl+trk,ip"
    yield "L3Forwarding", f"{egress},reg0=0x3/0xf,reg4=0/0x100000 actions=goto_table:{{EgressMark}}"
    yield "L3Forwarding", f"{egress},reg0=0x1/0xf actions=set_field:{mac}->eth_dst,goto_table:{{EgressMark}}"
    yield "L3Forwarding", f"priority=190,ct_mark=0x10/0x10,reg0=0x202/0x20f actions={to_gateway}"
    yield "EgressMark", _past_egress(family)
    yield "EgressMark", "priority=190,ct_state=+new+trk,ip,reg0=0x1/0xf actions=drop"
    for destination, number in ((mac, GATEWAY_PORT), (VIRTUAL_MAC, TUNNEL_PORT)):
        yield "L2ForwardingCalc", _to_port(destination, number)


def _pods(view: NodeView) -> Iterator[tuple[str, str]]:
    """Flows of the node's pods."""
    for pod in view.pods:
        address = next(one.ip for one in pod.addresses if one.version == 4)
        mac, port = stable_mac(pod.pod.name, "eth0"), f'in_port="{pod.host_end}"'
        known = f"arp_spa={address},arp_sha={mac}"
        yield "ARPSpoofGuard", f"priority=200,arp,{port},{known} actions=goto_table:{{ARPResponder}}"
        local = "set_field:0x3/0xf->reg0,set_field:0x10000000/0x10000000->reg4,goto_table:{SpoofGuard}"
        yield "Classifier", f"priority=190,{port} actions={local}"
        yield "SpoofGuard", f"priority=200,ip,{port},dl_src={mac},nw_src={address} actions=goto_table:{{UnSNAT}}"
        macs = f"set_field:{gateway_mac(view.name)}->eth_src,set_field:{mac}->eth_dst"
        routed = f"priority=200,ip,reg0=0x200/0x200,nw_dst={address}"
        yield "L3Forwarding", f"{routed} actions={macs},goto_table:{{L3DecTTL}}"
        yield "L2ForwardingCalc", _to_port(mac, port_number(pod))


def _peers(view: NodeView, peers: Sequence[Lease]) -> Iterator[tuple[str, str]]:
    """Flows of the other nodes."""
    for peer in peers:
        family = peer.family(4)
        node, gateway, subnet = family.address.ip, family.gateway.ip, family.subnet
        answer = (
            f"move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:{VIRTUAL_MAC}->eth_src,set_field:2->arp_op,"
            f"move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],set_field:{VIRTUAL_MAC}->arp_sha,"
            f"move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],set_field:{gateway}->arp_spa,IN_PORT"
        )
        yield "ARPResponder", f"priority=200,arp,arp_tpa={gateway},arp_op=1 actions={answer}"
        tunnelled = (
            f"set_field:{gateway_mac(view.name)}->eth_src,set_field:{VIRTUAL_MAC}->eth_dst,set_field:{node}->tun_dst,"
            "set_field:0x10/0xf0->reg0,goto_table:{L3DecTTL}"
        )
        yield "L3Forwarding", f"priority=200,ip,nw_dst={subnet} actions={tunnelled}"
        yield "EgressMark", _past_egress(family)


def _past_egress(family: FamilyLease) -> str:
    """What pods send to a node itself is no egress traffic."""
    past = "set_field:0x20/0xf0->reg0,goto_table:{L2ForwardingCalc}"
    return f"priority=210,ip,nw_dst={family.address.ip} actions={past}"


def _to_port(mac: str, number: int) -> str:
    chosen = f"set_field:{number:#x}->reg1,set_field:0x200000/0x600000->reg0"
    return f"priority=200,dl_dst={mac} actions={chosen},goto_table:{{IngressSecurityClassifier}}"
