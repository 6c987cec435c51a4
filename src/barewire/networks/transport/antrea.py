"""Geneve by Open vSwitch's own tunnel port, with the flow tables of Antrea: `networks.antrea` has them.

Two daemons run on each node, Debian's: ovsdb-server with the configuration, and ovs-vswitchd, which makes a datapath in the
node's kernel (module openvswitch), the gateway's port and the tunnel's link. The first packet of a flow meets ovs-vswitchd;
from then on the kernel has the flow. The Antrea agent is not there: what it writes is written once, when the daemons start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from barewire.model.daemons import Daemon, Exists
from barewire.model.leases import Lease, NodeView
from barewire.model.objects import DaemonLink, KernelObject, LearnedRoute
from barewire.networks import antrea
from barewire.networks.encapsulation.geneve import GeneveEncapsulation
from barewire.networks.own import OwnAddress, WithoutOptions
from barewire.networks.part import Delivery, Facts

_BOOT = 3
"""The protocol of routes that nobody gives one: those of the node to other nodes' pods, by the gateway."""

_DATABASE = """\
set -e
export OVS_RUNDIR="$PWD" OVS_DBDIR="$PWD"
ovsdb-tool create conf.db
exec ovsdb-server conf.db --remote=punix:db.sock --unixctl=ovsdb.ctl -vconsole:warn -vsyslog:off
"""

_SWITCH = """\
export OVS_RUNDIR="$PWD"
sh -e setup || kill $$ &
exec ovs-vswitchd "unix:$PWD/../ovsdb-server/db.sock" --unixctl=switch.ctl -vconsole:warn -vsyslog:off
"""
"""The setup runs beside the daemon, because it waits for it, and ends it where it fails."""


class AntreaTransport(WithoutOptions, OwnAddress):
    """Open vSwitch with the tunnel port `antrea-tun0`, the gateway `antrea-gw0` and Antrea's flows."""

    name: ClassVar[str] = "antrea"
    families: ClassVar[frozenset[int]] = frozenset({4})
    facts: ClassVar[Facts] = Facts(
        "packets in Geneve between the nodes, by Open vSwitch and Antrea's flows",
        "nothing: nodes may be routed to each other",
        "CAP_NET_ADMIN on the node",
    )
    carries: ClassVar[frozenset[Delivery]] = frozenset({"switch"})
    wants_switch: ClassVar[bool] = False
    joins_segments = True
    per_peer: ClassVar[bool] = True
    needs: frozenset[str] = frozenset(
        {"program:ovsdb-tool", "program:ovsdb-server", "program:ovs-vswitchd", "program:ovs-vsctl", "program:ovs-ofctl"}
    )
    crosses: frozenset[str] = frozenset()

    def encapsulation(self, family: int) -> GeneveEncapsulation:
        return GeneveEncapsulation(antrea.UDP_PORT, 0)

    def shares_peers(self, view: NodeView) -> bool:
        return True

    def peer(self, view: NodeView, peer: Lease) -> list[KernelObject]:
        family = peer.family(4)
        return [LearnedRoute(family.subnet, ((antrea.GATEWAY, family.gateway.ip),), _BOOT)]

    def peers(self, view: NodeView, peers: Sequence[Lease]) -> list[KernelObject]:
        files = (("start", _SWITCH), ("setup", _setup(view, peers)), ("flows", antrea.flows(view, peers)))
        return [
            Daemon("ovsdb-server", ("sh", "start"), Exists("db.sock"), (("start", _DATABASE),)),
            Daemon("ovs-vswitchd", ("sh", "start"), Exists("ready"), files),
            DaemonLink("ovs-system", "openvswitch"),
            DaemonLink(antrea.BRIDGE, "openvswitch"),
            DaemonLink(antrea.GATEWAY, "openvswitch"),
            DaemonLink(antrea.DEVICE, "geneve"),
        ]


def _setup(view: NodeView, peers: Sequence[Lease]) -> str:
    """What Antrea's agent does to the switch and the gateway when it starts, with one call of each program."""
    gateway, mac = view.lease.family(4).gateway, f'mac="\\"{antrea.gateway_mac(view.name)}\\""'
    ports = [
        f"add-br {antrea.BRIDGE} -- set Bridge {antrea.BRIDGE} fail_mode=secure protocols=OpenFlow10,OpenFlow15",
        _port(antrea.TUNNEL, antrea.TUNNEL_PORT, "type=geneve options:remote_ip=flow options:key=flow"),
        _port(antrea.GATEWAY, antrea.GATEWAY_PORT, f"type=internal {mac} mtu_request={view.pod_mtu}"),
        *(_port(pod.host_end, antrea.port_number(pod)) for pod in view.pods),
    ]
    routes = [
        f"ip route add {family.subnet} via {family.gateway.ip} dev {antrea.GATEWAY} onlink"
        for family in (peer.family(4) for peer in peers)
    ]
    return "\n".join(
        [
            "until [ -S ../ovsdb-server/db.sock ]; do sleep 0.02; done",
            'ovs-vsctl --db="unix:$PWD/../ovsdb-server/db.sock" --timeout=60 -- \\',
            " -- \\\n".join(f"  {port}" for port in ports),
            f"ovs-ofctl -O OpenFlow15 add-flows {antrea.BRIDGE} flows",
            f"ip link set {antrea.GATEWAY} up",
            f"ip address add {gateway} dev {antrea.GATEWAY}",
            *routes,
            "touch ready",
            "",
        ]
    )


def _port(name: str, number: int, settings: str = "") -> str:
    return f"add-port {antrea.BRIDGE} {name} -- set Interface {name} ofport_request={number} {settings}".rstrip()
