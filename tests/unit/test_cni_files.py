"""What a node's CNI configuration says, and that nothing else of it is kept."""

from __future__ import annotations

import errno
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import PlanError
from barewire.testbeds.kubernetes import cni_files
from barewire.testbeds.kubernetes.cni_files import CniFolder
from barewire.testbeds.kubernetes.session import FileAnswer

SECRET = "eyJhbGciOiJSUzI1NiJ9"
FLANNEL = {
    "name": "cbr0", "cniVersion": "0.3.1", "plugins": [
        {"type": "flannel", "delegate": {"hairpinMode": True, "isDefaultGateway": True}},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}  # fmt: skip
CALICO = {
    "name": "k8s-pod-network", "cniVersion": "0.3.1", "plugins": [
        {"type": "calico", "datastore_type": "kubernetes", "mtu": 0, "nodename": SECRET, "ipam": {"type": "calico-ipam"},
         "policy": {"type": "k8s", "k8s_auth_token": SECRET}, "kubernetes": {"kubeconfig": f"/etc/cni/{SECRET}"}},
        {"type": "bandwidth", "capabilities": {"bandwidth": True}},
    ],
}  # fmt: skip
MULTUS = {
    "name": "multus-cni-network", "type": "multus", "kubeconfig": f"/etc/{SECRET}",
    "delegates": [{"type": "calico", "etcd_key": SECRET}],
}  # fmt: skip
AWS = {"name": "aws-cni", "cniVersion": "1.0.0", "plugins": [{"type": "aws-cni", "mtu": "9001", "vethPrefix": "eni"}]}
PTP = {"name": "pods", "type": "ptp", "mtu": 1450, "ipMasq": False, "master": "eth0", "mode": SECRET * 9, "ipam": [1]}


def described(document: object, name: str = "10-x.conflist") -> Any:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return cni_files.describe_file(name, FileAnswer(content, 0))


def test_a_chain_is_its_types_in_order() -> None:
    found = described(FLANNEL)
    assert (found["name"], found["cni_version"]) == ("cbr0", "0.3.1")
    assert cni_files.list_types(found) == ["flannel", "portmap"]
    assert found["plugins"][0] == {"type": "flannel"}, "nothing states to whom it delegates"


def test_no_other_key_of_a_file_is_kept() -> None:
    assert described(CALICO)["plugins"] == [{"type": "calico", "ipam": "calico-ipam"}, {"type": "bandwidth"}]
    multus = described(MULTUS, "00-multus.conf")
    assert multus["plugins"] == [{"type": "multus", "delegates": ["calico"]}]
    assert cni_files.state_plugin(multus["plugins"][0]) == "multus (delegates to calico)"
    assert described(PTP, "1.conf")["plugins"] == [
        {"type": "ptp", "mtu": 1450, "settings": {"master": "eth0", "ipMasq": False}}
    ]
    assert SECRET not in json.dumps([described(CALICO), multus, described(PTP, "1.conf")])


def test_an_mtu_in_text_is_a_number() -> None:
    assert described(AWS)["plugins"] == [{"type": "aws-cni", "mtu": 9001}]
    assert cni_files.state_plugin({"type": "aws-cni", "mtu": 9001}) == "aws-cni (MTU 9001)"


@pytest.mark.parametrize(("document", "said"), [
    (SECRET.encode(), "it is not JSON"), (b"\xff\x00", "it is not JSON"), (b"[" * 60_000, "it is not JSON"),
    ([1], "it is not an object of JSON"), ({"plugins": [{"type": 7}]}, "it names no plugin"),
    ({"plugins": 1}, "it names no plugin"),
    ({"plugins": [{"type": "x"}] * 33}, "it names too many plugins"), (b"x" * 70_000, "it has 70000 bytes, more than 65536"),
])  # fmt: skip
def test_a_file_that_is_no_configuration_says_why(document: object, said: str) -> None:
    assert described(document) == {"file": "10-x.conflist", "unread": said}


def test_a_closed_file_says_so_and_hides_what_is_in_use() -> None:
    closed = cni_files.describe_file("05-cilium.conflist", FileAnswer(b"", errno.EACCES))
    assert closed == {"file": "05-cilium.conflist", "unread": "Permission denied"}
    assert cni_files.find_effective([closed, described(FLANNEL)]) is None
    broken = described(b"{")
    assert cni_files.find_effective([broken, described(FLANNEL)]) == described(FLANNEL)
    assert cni_files.find_effective([]) is None


def test_only_configurations_are_opened() -> None:
    names = ["calico-kubeconfig", "20-b.conflist", "10-a.conf", "05-c.json", "whereabouts.d", "9.conf.bak"]
    assert cni_files.choose_files(names) == ["05-c.json", "10-a.conf", "20-b.conflist"]
    assert "only files that end in .conf or .conflist are opened" in str(cni_files.describe_file("05-c.json", None))


def test_a_folder_is_read_as_root_only_on_request() -> None:
    assert cni_files.parse_folder("/etc/cni/net.d") == CniFolder("/etc/cni/net.d")
    assert cni_files.parse_folder("/etc/cni/net.d:root") == CniFolder("/etc/cni/net.d", as_root=True)
    assert cni_files.parse_folder("none") is None
    with pytest.raises(PlanError):
        cni_files.parse_folder("/etc:root")


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["plugins", "type", "mtu", "delegate", "delegates", "ipam", "name"]), inner)
    ),
    max_leaves=12,
)


@given(DOCUMENTS, st.sampled_from(["a.conf", "a.conflist"]))
def test_any_document_gives_plugins_or_a_reason(document: object, name: str) -> None:
    found = described(document, name)
    assert ("plugins" in found) != ("unread" in found)
    assert all(isinstance(one["type"], str) for one in found.get("plugins", []))
