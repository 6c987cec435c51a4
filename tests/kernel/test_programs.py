"""Networks that programs build, in labs: CNI plugins written for the test and the reference ones, and a user's script."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from barewire.errors import BarewireError, LoadError, PrerequisiteError, ProgramError, ProofError
from barewire.lab.lab import Lab, built, require
from barewire.lab.programs import cni
from barewire.lab.proof import Proof
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.racks import Racks
from barewire.model.tuning import LabTuning
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from tests.support.cni import ATTACH, HOST_LOCAL, configuration, need, plugin

EXAMPLES = Path(__file__).parents[2] / "examples"
TWO = Topology.uniform(2, 1)
BRIDGE = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": HOST_LOCAL}
Opened = Callable[..., AbstractContextManager[Lab]]


@contextmanager
def opened(name: str, topology: Topology = TWO) -> Iterator[Lab]:
    with built(catalogue.network(catalogue.parse(name)), topology, LocalTestbed()) as lab:
        yield lab


def run(lab: Lab, namespace: str, *argv: str, on_node: bool = False) -> str:
    node = lab.nodes.node(namespace)
    done = node.wait(node.spawn(Command(namespace, argv, on_node=on_node)), 20)
    assert done.status == 0, (argv, done.stderr)
    return done.stdout


def seen(proofs: tuple[Proof, ...]) -> dict[str, str]:
    return {claim.claim: claim.seen for claim in proofs[0].claims}


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for plugins that the test writes, which CNI_PATH names."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    monkeypatch.setenv("CNI_PATH", str(folder))
    return folder


def test_a_chain_is_added_checked_and_deleted(plugins: Path, tmp_path: Path) -> None:
    plugin(plugins, "first", ATTACH)
    plugin(plugins, "second", """
        echo "$config" >>"$log.$CNI_COMMAND"
        case $CNI_COMMAND in ADD) printf %s "$config" | sed 's/.*"prevResult": //; s/}$//' ;; esac
        """)  # fmt: skip
    path = configuration(tmp_path, {"type": "first"}, {"type": "second", "capabilities": {"ipRanges": True}})
    with opened(f"cni:{path}+routes") as lab:
        proofs = lab.prove()
        added = (plugins / "log").read_text().splitlines()
    both = [
        [f"{name} {command} {pod}" for pod in ("n1-p1", "n2-p1") for name in ("first", "second")]
        for command in ("ADD", "CHECK")
    ]
    assert added == [*both[0], *both[1]]
    deleted = (plugins / "log").read_text().splitlines()[len(added) :]
    assert deleted == [f"{name} DEL {pod}" for pod in ("n2-p1", "n1-p1") for name in ("second", "first")]
    given = [json.loads(line) for line in (plugins / "log.ADD").read_text().splitlines()]
    assert [one["runtimeConfig"]["ipRanges"][0][0]["subnet"] for one in given] == ["10.128.1.0/24", "10.128.2.0/24"]
    assert [str(one["prevResult"]["ips"][1]["address"]) for one in given] == ["10.128.1.2/32", "10.128.2.2/32"]
    assert proofs[0].observed
    assert seen(proofs)["the request at n1/eth0 (out)"] == "10.128.1.2 > 10.128.2.2"
    path_seen = [(hop.namespace, hop.dev) for hop in proofs[0].forward]
    assert path_seen == [
        ("n1-p1", "eth0"),
        ("n1", "veth1"),
        ("n1", "eth0"),
        ("n2", "eth0"),
        ("n2", "veth1"),
        ("n2-p1", "eth0"),
    ]


def test_pods_that_no_path_joins_are_an_error_with_a_remedy(plugins: Path, tmp_path: Path) -> None:
    plugin(plugins, "first", ATTACH)
    name = f"cni:{configuration(tmp_path, {'type': 'first'})}"
    with opened(name) as lab, pytest.raises(ProofError) as found:
        lab.prove()
    said = str(found.value)
    assert "n1-p1 cannot reach n2-p1 at 10.128.2.2 port 20999" in said
    assert "packets were seen at n1-p1/eth0, n1/veth1; on the wire nothing" in said
    assert f"add a transport to it, like {name}+routes or {name}+vxlan" in said


def test_the_error_of_a_plugin_is_shown_as_it_is(plugins: Path, tmp_path: Path) -> None:
    plugin(plugins, "first", ATTACH)
    plugin(plugins, "second", """
        [ "$CNI_COMMAND" != DEL ] || exit 0
        echo '{"cniVersion": "1.0.0", "code": 11, "msg": "try again", "details": "é <later>"}'; echo a log line >&2; exit 1
        """)  # fmt: skip
    with (
        pytest.raises(ProgramError) as found,
        opened(f"cni:{configuration(tmp_path, {'type': 'first'}, {'type': 'second'})}"),
    ):
        pass
    said = str(found.value)
    assert "the CNI plugin second failed at ADD (in n1-p1, plugin 2 of 2 of net)" in said
    assert '{"cniVersion": "1.0.0", "code": 11, "msg": "try again", "details": "é <later>"}; a log line' in said
    # All of the chain is deleted, in reverse order, and nothing of pods that were not begun.
    assert (plugins / "log").read_text().splitlines()[2:] == ["second DEL n1-p1", "first DEL n1-p1"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo hello", "printed no result of ADD.*not JSON.*it printed 'hello'"),
        ("true", "it printed nothing"),
        ("echo '{}'", "gave n1-p1 no IPv4 address: its addresses: none"),
        ("""echo '{"ips": [{"address": "10.1.1.1/8"}]}'""", "n1-p1 has 10.1.1.1, and it has not.*no link but the loopback"),
        ("kill -SEGV $$", "failed at ADD.*ended by signal 11"),
        ("exit 3", "failed at ADD.*it ended with status 3"),
        ("echo '{'; exit 3", "failed at ADD.*it printed '{'"),
        ("exec yes more", "failed at ADD.*wrote more than 64 MB, and printed 'more more"),
    ],
)  # fmt: skip
def test_a_plugin_that_does_not_answer_as_it_should_is_named(
    plugins: Path, tmp_path: Path, script: str, said: str
) -> None:
    plugin(plugins, "odd", f'[ "$CNI_COMMAND" = ADD ] || exit 0\n{script}')
    with pytest.raises(ProgramError, match=said), opened(f"cni:{configuration(tmp_path, {'type': 'odd'})}"):
        pass


def test_a_failed_check_names_the_way_around_it(plugins: Path, tmp_path: Path) -> None:
    plugin(plugins, "first", f'[ "$CNI_COMMAND" != CHECK ] || {{ echo gone >&2; exit 1; }}\n{ATTACH}')
    with (
        pytest.raises(ProgramError, match=r'first failed at CHECK.*gone.*"disableCheck": true'),
        opened(f"cni:{configuration(tmp_path, {'type': 'first'})}"),
    ):
        pass
    assert [line.split()[1] for line in (plugins / "log").read_text().splitlines()] == [
        "ADD",
        "ADD",
        "CHECK",
        "DEL",
        "DEL",
    ]


def test_a_plugin_that_hangs_is_ended(plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cni, "PLUGIN_SECONDS", 0.5)
    plugin(plugins, "slow", '[ "$CNI_COMMAND" = ADD ] || exit 0\necho waiting >&2\nexec sleep 300')
    with (
        pytest.raises(ProgramError, match=r"slow did not finish ADD within 0\.5 s.*waiting"),
        opened(f"cni:{configuration(tmp_path, {'type': 'slow'})}"),
    ):
        pass


def test_a_plugin_that_is_not_there_is_named_with_the_folders(plugins: Path, tmp_path: Path) -> None:
    network = catalogue.network(catalogue.parse(f"cni:{configuration(tmp_path, {'type': 'absent'})}"))
    with pytest.raises(
        PrerequisiteError, match=rf"the CNI plugin absent is in none of {plugins}\. Install it there, or name.*CNI_PATH"
    ):
        require(network, LocalTestbed(), (4,))


def test_a_delete_that_fails_is_reported(plugins: Path, tmp_path: Path) -> None:
    plugin(plugins, "first", f'[ "$CNI_COMMAND" != DEL ] || {{ echo no >&2; exit 4; }}\n{ATTACH}')
    path = configuration(tmp_path, {"type": "first"}, disableCheck=True)
    with pytest.raises(ProgramError, match=r"first failed at DEL.*n2-p1.*no"), opened(f"cni:{path}+routes") as lab:
        lab.prove()
    log = (plugins / "log").read_text().splitlines()
    assert log == [f"first {command}" for command in ("ADD n1-p1", "ADD n2-p1", "DEL n2-p1", "DEL n1-p1")]


def test_two_pods_with_one_address_are_refused_with_a_remedy(plugins: Path, tmp_path: Path) -> None:
    plugin(plugins, "same", ATTACH.replace("node=${node#n}", "node=1"))
    with (
        pytest.raises(
            ProgramError, match=r"gave n2-p1 an address that n1-p1 has: 10\.128\.1\.2.*ipRanges.*NODE_SUBNET"
        ),
        opened(f"cni:{configuration(tmp_path, {'type': 'same'})}"),
    ):
        pass


def test_arguments_are_given_to_plugins_that_can_take_them(plugins: Path, tmp_path: Path) -> None:
    plugin(plugins, "first", f'echo "$CNI_ARGS $config" >>"$log.given"\n{ATTACH}')
    arguments = tmp_path / "args.json"
    arguments.write_text(
        json.dumps({"capabilities": {"bandwidth": {"ingressRate": 9}}, "CNI_ARGS": "WHERE=${NODE_NAME}"})
    )
    path = configuration(tmp_path, {"type": "first", "capabilities": {"bandwidth": True}})
    with opened(f"cni:{path}:args={arguments}+routes") as lab:
        lab.prove()
    words, _, document = (plugins / "log.given").read_text().splitlines()[1].partition(" ")
    assert words == "WHERE=n2"
    assert json.loads(document)["runtimeConfig"] == {"bandwidth": {"ingressRate": 9}}


def test_nodes_share_no_files_with_each_other_or_the_machine(plugins: Path, tmp_path: Path) -> None:
    state = Path("/var/lib/cni")
    before = sorted(state.rglob("*")) if state.exists() else None
    plugin(plugins, "first", f"""
        mkdir -p /var/lib/cni/kept /run/kept; echo "$CNI_CONTAINERID" >>/var/lib/cni/kept/pods; echo x >>/run/kept/pods
        ls /sys/class/net >>"$log.links"
        {ATTACH}""")  # fmt: skip
    others = sorted(path.name for path in Path("/var/lib").iterdir() if path.name != "cni")
    with opened(f"cni:{configuration(tmp_path, {'type': 'first'})}+routes", Topology.uniform(2, 2)) as lab:
        lab.prove()
        for node in ("n1", "n2"):
            kept = run(lab, node, "sort", "-u", "/var/lib/cni/kept/pods", on_node=True).split()
            assert kept == [f"{node}-p1", f"{node}-p2"]
        inside = run(lab, "n1", "ls", "/var/lib", on_node=True).split()
        assert sorted(name for name in inside if name not in ("calico", "cni")) == others
        assert "kept" not in run(lab, "n1", "ls", "/run").split()
    assert (sorted(state.rglob("*")) if state.exists() else None) == before
    assert not Path("/run/kept").exists()
    assert "eth0" in (plugins / "log.links").read_text().split()


def test_a_machine_without_the_folder_of_state_does_not_get_it() -> None:
    absent = Path(f"/var/lib/barewire-test-{os.getpid()}")
    program = f"""
import os
from pathlib import Path
from barewire.kernel import node_files
state = Path("{absent}")
node_files._STATES = (state,)
files = node_files.NodeFiles()
for node in ("n1", "n2", "n1"):
    with files.enter(node):
        with (state / "pods").open("a") as pods:
            pods.write(node)
        print(state.joinpath("pods").read_text(), sorted(set(os.listdir("/var/lib")) - {{"{absent.name}"}}))
print(os.listdir("/var/lib") == {os.listdir("/var/lib")!r})
"""
    with opened("host") as lab:
        lines = run(lab, "n1", sys.executable, "-P", "-c", program).splitlines()
    others = str(sorted(os.listdir("/var/lib")))
    assert lines == [f"n1 {others}", f"n2 {others}", f"n1n1 {others}", "True"]
    assert not absent.exists()


@pytest.mark.parametrize("families", [(4,), (4, 6)])
def test_the_bridge_of_the_reference_plugins(tmp_path: Path, families: tuple[int, ...]) -> None:
    need("bridge", "host-local")
    topology = Topology.uniform(3, 2, addresses=AddressPlan(families))
    document = json.loads((EXAMPLES / "cni/bridge.conflist").read_text())
    document["plugins"][0]["ipam"]["routes"] = [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}][: len(families)]
    path = tmp_path / "bridge.conflist"
    path.write_text(json.dumps(document))
    with opened(f"cni:{path}+routes", topology) as lab:
        proofs = lab.prove()
        assert {link.name: link.kind for link in lab.nodes.links()["n1"]}["cni0"] == "bridge"
        addresses = [str(lab.network.pod_address(topology, pod, 4)) for pod in topology.pods[:3]]
    assert addresses == ["10.128.1.2", "10.128.1.3", "10.128.2.2"]
    assert len(proofs) == 3 * len(families)
    assert seen(proofs)["kinds of links between wire and pods"] == "bridge, veth"
    assert all(claim.holds for proof in proofs for claim in proof.claims)


def test_a_chain_over_vxlan_has_its_encapsulation_recognised() -> None:
    need("bridge", "host-local")
    with opened(f"cni:{EXAMPLES}/cni/bridge.conflist+vxlan:vni=9:dev=tunnel9") as lab:
        proofs = lab.prove()
        assert lab.pod_mtu == 1450
    assert (
        seen(proofs)["the request at n1/eth0 (out)"]
        == "10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 9 [10.128.1.2 > 10.128.2.2]"
    )
    assert "tunnel9" in [hop.dev for hop in proofs[0].forward]
    assert seen(proofs)["a packet of 1450 B passes unfragmented"] == "it arrived"


def test_an_mtu_that_does_not_fit_is_observed(tmp_path: Path) -> None:
    need("bridge", "host-local")
    with opened(f"cni:{configuration(tmp_path, BRIDGE)}+vxlan") as lab:
        claims = {claim.claim: claim for claim in lab.prove()[0].claims}
    assert not claims["a packet of 1500 B passes unfragmented"].holds


def test_ptp_of_the_reference_plugins(tmp_path: Path) -> None:
    need("ptp", "host-local")
    with opened(f"cni:{configuration(tmp_path, {'type': 'ptp', 'ipam': HOST_LOCAL})}+routes") as lab:
        proofs = lab.prove()
    assert seen(proofs)["kinds of links between wire and pods"] == "veth"


def test_macvlan_of_the_reference_plugins_needs_no_transport() -> None:
    need("macvlan", "host-local")
    with opened(f"cni:{EXAMPLES}/cni/macvlan.conflist") as lab:
        proofs = lab.prove()
    assert seen(proofs)["kinds of links between wire and pods"] == "macvlan"
    assert [(hop.namespace, hop.dev) for hop in proofs[0].forward] == [
        ("n1-p1", "eth0"),
        ("n1", "eth0"),
        ("n2", "eth0"),
        ("n2-p1", "eth0"),
    ]


def test_masquerading_is_observed_as_another_address(tmp_path: Path) -> None:
    need("bridge", "host-local")
    with opened(f"cni:{configuration(tmp_path, {**BRIDGE, 'ipMasq': True})}+routes") as lab:
        claims = {claim.claim: claim for claim in lab.prove()[0].claims}
    found = claims["n2-p1 sees n1-p1 under its own address and port"]
    assert not found.holds
    assert "is seen as 10.10.0.2" in found.seen


def test_portmap_and_firewall_of_the_reference_plugins(tmp_path: Path) -> None:
    need("bridge", "host-local", "portmap", "firewall")
    arguments = tmp_path / "args.json"
    arguments.write_text(
        json.dumps({"capabilities": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}})
    )
    chain = ({"type": "firewall", "backend": "iptables"}, {"type": "portmap", "capabilities": {"portMappings": True}})
    # CHECK of portmap 1.1.1 looks for rules of IPv6 where there is no IPv6.
    path = configuration(tmp_path, BRIDGE, *chain, disableCheck=True)
    with opened(f"cni:{path}:args={arguments}+routes") as lab:
        lab.prove()
        assert "8080" in run(lab, "n1", "iptables-nft", "-t", "nat", "-S")
        assert "10.128.1.2" in run(lab, "n1", "iptables-nft", "-S", "CNI-FORWARD")


def test_bandwidth_of_the_reference_plugins(tmp_path: Path) -> None:
    need("bridge", "host-local", "bandwidth")
    path = configuration(tmp_path, BRIDGE, {"type": "bandwidth", "ingressRate": 10**9, "ingressBurst": 10**7})
    with opened(f"cni:{path}+routes") as lab:
        lab.prove()
        assert "tbf" in run(lab, "n1", "tc", "qdisc", "show")


def test_the_address_pool_of_a_node_is_empty_again(tmp_path: Path) -> None:
    need("bridge", "host-local")
    ipam = {
        "type": "host-local",
        "ranges": [
            [{"subnet": "${NODE_SUBNET}", "rangeStart": "${NODE_RANGE_START}", "rangeEnd": "${NODE_RANGE_START}"}]
        ],
    }
    path = configuration(tmp_path, {**BRIDGE, "ipam": ipam})
    with (
        pytest.raises(ProgramError, match=r"bridge failed at ADD.*n1-p2.*no IP addresses available in range set"),
        opened(f"cni:{path}", Topology.uniform(2, 2)),
    ):
        pass


def test_a_version_that_a_plugin_does_not_speak_is_its_error(tmp_path: Path) -> None:
    need("bridge", "host-local")
    path = configuration(tmp_path, BRIDGE, version="1.1.0")
    try:
        with opened(f"cni:{path}+routes") as lab:
            lab.prove()  # plugins from 1.6 on speak it
    except ProgramError as error:
        assert "incompatible CNI versions" in str(error)
        assert '"code": 1' in str(error)


def test_an_error_of_a_reference_plugin_is_its_own(tmp_path: Path) -> None:
    need("bridge", "host-local")
    path = configuration(tmp_path, {"type": "bridge", "ipam": {"type": "host-local", "subnet": "10.0.0.0/33"}})
    with (
        pytest.raises(ProgramError, match=r'bridge failed at ADD.*"code": \d+, "msg": ".*10\.0\.0\.0/33'),
        opened(f"cni:{path}"),
    ):
        pass


def test_a_user_s_script_builds_a_network() -> None:
    topology = Topology.uniform(3, 2)
    with opened(f"exec:{EXAMPLES}/vxlan.sh", topology) as lab:
        proofs = lab.prove()
        assert lab.pod_mtu == 1450
    found = seen(proofs)
    assert (
        found["the request at n1/eth0 (out)"] == "10.10.0.2 > 10.10.0.3, vxlan UDP 4789 VNI 7 [10.128.1.2 > 10.128.2.2]"
    )
    assert all(claim.holds for proof in proofs for claim in proof.claims)


def test_a_user_s_script_joins_nodes_of_two_racks() -> None:
    topology = Topology.uniform(4, 1, racks=Racks.uniform(2, 2))
    with opened(f"exec:{EXAMPLES}/vxlan.sh", topology) as lab:
        proofs = lab.prove()
    across = [proof for proof in proofs if any(hop.namespace.startswith("r") for hop in proof.forward)]
    assert across, [hop.namespace for proof in proofs for hop in proof.forward]
    assert all(claim.holds for proof in proofs for claim in proof.claims)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo no such device >&2; exit 7", "up failed: it ended with status 7; no such device"),
        ("echo done", "up did not print the pods' addresses: not JSON"),
        ("""echo '{"pods": {"n9-p9": []}}'""", "there is no pod n9-p9"),
        ("""echo '{"pods": {"n1-p1": "10.0.0.1"}}'""", "n1-p1 has 10.0.0.1, and it has not"),
        ("exec /nonexistent", "status 12[67]"),
    ],
)
def test_a_script_that_fails_is_shown_with_what_it_said(tmp_path: Path, body: str, said: str) -> None:
    script = tmp_path / "build.sh"
    script.write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/calls\n[ "$1" = up ] || exit 0\n{body}\n')
    script.chmod(0o755)
    with pytest.raises(ProgramError, match=said), opened(f"exec:{script}"):
        pass
    assert (tmp_path / "calls").read_text().split() == ["up", "down"]


@pytest.mark.parametrize(
    ("content", "said"),
    [("true\n", "Begin a script with the line of its interpreter"), ("#!/no/such\n", r"its first line \(#!\)")],
)
def test_a_script_that_cannot_start_is_shown_with_a_remedy(tmp_path: Path, content: str, said: str) -> None:
    script = tmp_path / "build.sh"
    script.write_text(content)
    script.chmod(0o755)
    with pytest.raises(LoadError, match=f"cannot run {script}.*in n1.*{said}"), opened(f"exec:{script}"):
        pass


def test_a_script_has_the_lab_in_its_environment(tmp_path: Path) -> None:
    script = tmp_path / "build.sh"
    script.write_text(f"""#!/bin/sh
        echo "$1 $BAREWIRE_NODES,$BAREWIRE_PODS,$BAREWIRE_NETNS,$BAREWIRE_DEV,$BAREWIRE_MTU" >>{tmp_path}/seen
        cat "$BAREWIRE_LAB/nodes" "$BAREWIRE_LAB/pods" >>{tmp_path}/seen; cp "$BAREWIRE_LAB/lab.json" {tmp_path}
        exit 1
        """)  # fmt: skip
    script.chmod(0o755)
    with pytest.raises(BarewireError), opened(f"exec:{script}"):
        pass
    lines = (tmp_path / "seen").read_text().splitlines()
    assert lines[:5] == [
        "up n1 n2,n1-p1 n2-p1,/run/netns,eth0,1500",
        "n1 10.10.0.2/16 10.128.1.0/24 10.128.1.1/24",
        "n2 10.10.0.3/16 10.128.2.0/24 10.128.2.1/24",
        "n1 n1-p1 10.128.1.2/24",
        "n2 n2-p1 10.128.2.2/24",
    ]
    document: dict[str, Any] = json.loads((tmp_path / "lab.json").read_text())
    assert document["nodes"][1]["pods"] == [
        {"name": "n2-p1", "netns": "/run/netns/n2-p1", "addresses": ["10.128.2.2/24"]}
    ]


def test_a_namespace_that_a_program_adds_has_the_lab_settings() -> None:
    name, key = f"added{os.getpid()}", "net.ipv4.tcp_fin_timeout"
    tuned = replace(TWO, tuning=LabTuning(sysctls=((key, "17"), ("net.ipv4.tcp_keepalive_time", "77"))))
    with opened("host", tuned) as lab:
        # What the program sets stays, even if it is there first.
        script = f"ip netns add {name} && ip netns exec {name} sh -c 'echo 55 >/proc/sys/net/ipv4/tcp_keepalive_time'"
        run(lab, "n1", "sh", "-c", script)
        assert name in lab.nodes.links()
        added = lab.nodes.node(name)
        assert added.sysctl(name, key) == "17"
        assert added.sysctl(name, "net.ipv4.tcp_keepalive_time") == "55"
        congestion = "net.ipv4.tcp_congestion_control"
        assert added.sysctl(name, congestion) == lab.nodes.node("n1").sysctl("n1", congestion)
        run(lab, "n1", "ip", "netns", "delete", name)
        assert name not in lab.nodes.links()
