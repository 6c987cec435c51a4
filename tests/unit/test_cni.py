"""CNI as data, and the names of networks that a program builds: files, variables, what plugins are given, what they answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from barewire.errors import NetworkError, RunError
from barewire.model.addresses import AddressPlan
from barewire.model.network import Pod, Topology
from barewire.networks import catalogue, setup
from barewire.networks.cni import execution
from barewire.networks.cni.chain import read
from barewire.networks.cni.result import parse_error, parse_result
from barewire.networks.programmed import BuiltPods
from barewire.records import NetworkRecord, RunRecord
from barewire.study.execution.changed_programs import refuse_changed_programs
from tests.support.cni import HOST_LOCAL, configuration

EXAMPLES = Path(__file__).parents[2] / "examples"
BRIDGE = {"type": "bridge", "ipam": HOST_LOCAL}


def variables(families: tuple[int, ...] = (4,), node: int = 2) -> dict[str, str | int]:
    topology = Topology.uniform(2, 1, addresses=AddressPlan(families))
    network = catalogue.network(catalogue.parse("host"))
    return execution.variables(network.view(topology, topology.nodes[node - 1]))


def given(path: Path, number: int, previous: dict[str, Any] | None = None, command: Any = "ADD", **offered: Any) -> Any:
    listed = read(str(path)).filled(variables())
    return json.loads(execution.configuration(number, listed, offered, previous, command))


def test_variables_are_those_of_the_node(tmp_path: Path) -> None:
    plugin = {**BRIDGE, "mtu": "${POD_MTU}", "note": "${NODE_NAME} at ${NODE_ADDRESS} of ${CLUSTER_SUBNET}"}
    filled = read(str(configuration(tmp_path, plugin))).filled(variables()).plugins[0]
    assert filled["ipam"]["ranges"] == [[{"subnet": "10.128.2.0/24"}]]
    assert filled["mtu"] == 1500
    assert filled["note"] == "n2 at 10.10.0.3 of 10.128.0.0/12"


def test_a_range_leaves_out_gateway_and_broadcast() -> None:
    found = variables()
    assert (found["NODE_GATEWAY"], found["NODE_RANGE_START"], found["NODE_RANGE_END"]) == (
        "10.128.2.1", "10.128.2.2", "10.128.2.254",
    )  # fmt: skip


def test_variables_of_ipv6_need_a_lab_with_ipv6(tmp_path: Path) -> None:
    chain = read(str(configuration(tmp_path, {"type": "x", "a": "${NODE_SUBNET6}"})))
    assert chain.filled(variables((4, 6))).plugins[0]["a"] == "fd00:128:0:2::/64"
    with pytest.raises(NetworkError, match=r"no \$\{NODE_SUBNET6\}.*--family 46"):
        chain.filled(variables())
    assert variables((6,))["NODE_SUBNET"] == "fd00:128:0:2::/64"


def test_plugins_get_name_and_version_of_the_list(tmp_path: Path) -> None:
    path = configuration(tmp_path, {"type": "a", "name": "other", "cniVersion": "0.1.0"}, version="0.4.0")
    assert given(path, 0) == {"type": "a", "name": "net", "cniVersion": "0.4.0"}


def test_capabilities_become_runtime_config(tmp_path: Path) -> None:
    path = configuration(tmp_path, {"type": "a", "capabilities": {"ipRanges": True, "mac": False}}, {"type": "b"})
    offered: dict[str, Any] = {"ipRanges": [[{"subnet": "10.128.2.0/24"}]], "mac": "02:00:00:00:00:01"}
    first = given(path, 0, **offered)
    assert first["runtimeConfig"] == {"ipRanges": offered["ipRanges"]}
    assert "capabilities" not in first
    assert "runtimeConfig" not in given(path, 1, **offered)


@pytest.mark.parametrize(
    ("version", "command", "passed"),
    [("0.3.1", "ADD", True), ("0.3.1", "DEL", False), ("0.4.0", "DEL", True), ("1.0.0", "CHECK", True)],
)
def test_the_result_so_far_is_passed_on(tmp_path: Path, version: str, command: str, passed: bool) -> None:
    path = configuration(tmp_path, {"type": "a"}, version=version)
    assert ("prevResult" in given(path, 0, {"ips": []}, command)) == passed


def test_the_newest_common_version_is_spoken(tmp_path: Path) -> None:
    path = configuration(tmp_path, BRIDGE, version="0.4.0", cniVersions=["0.4.0", "1.0.0", "9.0.0"])
    assert read(str(path)).filled(variables()).version == "1.0.0"


def test_a_single_configuration_is_a_list_of_one(tmp_path: Path) -> None:
    path = tmp_path / "net.conf"
    path.write_text(json.dumps({"cniVersion": "0.3.1", "name": "net", **BRIDGE}))
    chain = read(str(path))
    assert (chain.types, chain.programs) == (("bridge",), ("bridge", "host-local"))
    assert not execution.checks(chain.filled(variables()).version)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "not a JSON object"),
        ('{"cniVersion": "0.2.0", "name": "a", "type": "b"}', "cannot speak this version of CNI.*'0.2.0'"),
        ('{"name": "a", "type": "b"}', "cniVersion is None"),
        ('{"cniVersion": "1.0.0", "name": "a b", "type": "b"}', "name is 'a b'"),
        ('{"cniVersion": "1.0.0", "name": "a"}', "has no plugin"),
        ('{"cniVersion": "1.0.0", "name": "a", "plugins": [{"type": "/bin/b"}]}', "type is '/bin/b'"),
        ('{"cniVersion": "1.0.0", "name": "a", "plugins": ["b"]}', "type is None"),
        ('{"cniVersion": "1.0.0", "name": "a", "type": "b", "c": "${NODE}"}', r"no variable \$\{NODE\}.*NODE_SUBNET"),
    ],
)
def test_a_bad_configuration_is_refused_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.conflist"
    path.write_text(text)
    with pytest.raises(NetworkError, match=said) as found:
        catalogue.parse(f"cni:{path}")
    assert str(path) in str(found.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cni", r"cni needs a file\. Write it like cni:\./net\.conflist"),
        ("cni:/no/such", "cannot read the CNI configuration /no/such: No such file"),
        ("exec:/no/such", "cannot read the program /no/such"),
        ("exec:/etc/passwd", "not executable.*chmod"),
        ("cni:a:b", "cni takes one file: it was given a and b"),
        ("cni:a:args=", "not a part with options"),
        ("cni:a:b=c", "cni has no option b.*It takes args"),
        ("exec:a+b+c+d", "too many parts"),
        ("bridge+unmanaged", "do not go together: without a program"),
    ],
)
def test_a_bad_name_is_refused_with_how_to_write_it(text: str, said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        catalogue.parse(text)


@pytest.mark.parametrize("parts", ["", "+routes", "+vxlan:vni=7", "+unmanaged+flannel"])
def test_a_chain_stands_where_a_network_can(parts: str) -> None:
    name = f"cni:{EXAMPLES}/cni/bridge.conflist{parts}"
    network = catalogue.network(catalogue.parse(name))
    assert network.name == name
    assert network.program is not None
    assert "bridge.conflist" in network.summary
    assert network.spec.transport.name == (parts[1:].split("+")[0].split(":")[0] or "unmanaged")


def test_a_chain_does_not_go_with_a_transport_for_other_pods() -> None:
    with pytest.raises(NetworkError, match=r"do not go together: .*With cni:.* go: .*routes"):
        catalogue.parse(f"cni:{EXAMPLES}/cni/bridge.conflist+direct")


def test_nothing_of_a_program_is_counted_before_it_ran() -> None:
    network = catalogue.network(catalogue.parse(f"exec:{EXAMPLES}/vxlan.sh"))
    found = setup.setup(network, Topology.uniform(2, 1))
    assert (found.objects_per_node, found.growth_per_node, found.pod_mtu) == ({}, None, None)


def test_a_built_network_has_the_addresses_that_were_read() -> None:
    network = catalogue.network(catalogue.parse(f"exec:{EXAMPLES}/vxlan.sh"))
    address = parse_result('{"ips": [{"address": "10.9.9.9/24"}]}').addresses[0]
    built = type(network)(**{**vars(network), "built": BuiltPods(((Pod(1, 1), address),), 1400)})
    topology = Topology.uniform(2, 1)
    assert (str(built.pod_address(topology, Pod(1, 1), 4)), built.pod_mtu(topology)) == ("10.9.9.9", 1400)


def test_addresses_outside_of_the_pod_are_not_the_pods() -> None:
    text = json.dumps(
        {
            "interfaces": [{"name": "cni0"}, {"name": "eth0", "sandbox": "/run/netns/n1-p1"}],
            "ips": [
                {"version": "4", "address": "10.0.0.1/24", "interface": 0},
                {"version": "4", "address": "10.0.0.5/24", "interface": 1, "gateway": "10.0.0.1"},
                {"address": "fd00::5/64", "interface": 1},
            ],
        }
    )
    assert [str(one) for one in parse_result(text).addresses] == ["10.0.0.5", "fd00::5"]


NO_RESULTS = (
    "",
    "hello",
    "[]",
    '{"ips": 3}',
    '{"ips": [{"address": "x"}]}',
    '{"ips": [{"address": "10.0.0.1/8", "interface": 4}]}',
)


@pytest.mark.parametrize("text", NO_RESULTS)
def test_what_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not|is not"):
        parse_result(text)


def test_an_error_is_kept_as_it_is() -> None:
    assert (
        parse_error('{"code": 7,\n "msg": "no route", "details": "é"}')
        == '{"code": 7, "msg": "no route", "details": "é"}'
    )
    assert parse_error('{"ips": []}') == parse_error("panic: x") == ""


def test_a_run_does_not_go_on_with_another_file(tmp_path: Path) -> None:
    path = configuration(tmp_path, BRIDGE)
    before = catalogue.network(catalogue.parse(f"cni:{path}"))
    assert before.program is not None
    network = NetworkRecord(before.name, measured=True, program=before.program.content)
    record = RunRecord("barewire/run/2", networks=(network,))
    refuse_changed_programs(record, [before], "run")
    configuration(tmp_path, BRIDGE, {"type": "portmap"})
    with pytest.raises(RunError, match=r"net\.conflist has changed since the run began"):
        refuse_changed_programs(record, [catalogue.network(catalogue.parse(f"cni:{path}"))], "run")
