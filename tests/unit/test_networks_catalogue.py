"""What a network's text means: presets, parts and options, and a sentence for everything that is none of these."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire import networks
from barewire.errors import NetworkError
from barewire.model.network import NetworkSpec, PartSpec, Topology
from barewire.networks import catalogue, discovery
from barewire.networks.others import ALIASES
from barewire.study.design.plan_file import load_plan

WORDS = st.sampled_from(
    ["ptp", "vxlan", "ipvlan", "host", "none", "+", ":", "=", "/", "vni", "l3", "limit", "7", "", " "]
)


def test_the_presets_are_the_studys_in_its_order() -> None:
    assert [spec.name for spec in catalogue.presets()] == [
        "host", "host/conntrack", "host/nat-hooks", "host/docker", "host/flannel", "host/calico", "host/romana", "docker",
        "flannel/host-gw", "flannel/aws-vpc", "flannel/vxlan", "flannel/wireguard", "flannel/ipip", "flannel-2016/vxlan",
        "ipvlan/l2", "ipvlan/l3", "ipvlan/l3s", "macvlan", "ptp", "calico/bgp", "calico/bgp:bird", "calico/ipip",
        "calico/ipip-cross-subnet", "calico/vxlan", "calico/vxlan-cross-subnet", "calico/wireguard", "kube-router",
        "ebpf/native", "ebpf/netkit", "ebpf/vxlan", "ebpf/vxlan-legacy", "antrea", "romana", "romana/prefixes",
    ]  # fmt: skip


def test_the_default_study_leaves_these_presets_out() -> None:
    left_out = set(catalogue.presets()) - set(catalogue.default_presets())
    assert {spec.name for spec in left_out} == {
        "host/conntrack", "host/nat-hooks", "host/calico", "host/romana", "flannel/wireguard", "flannel/ipip",
        "flannel-2016/vxlan", "calico/bgp", "calico/bgp:bird", "calico/ipip", "calico/ipip-cross-subnet", "calico/vxlan",
        "calico/vxlan-cross-subnet", "calico/wireguard", "kube-router", "ebpf/native", "ebpf/netkit", "ebpf/vxlan",
        "ebpf/vxlan-legacy", "antrea", "romana", "romana/prefixes",
    }  # fmt: skip
    assert load_plan().networks == tuple(spec.name for spec in catalogue.default_presets())


@pytest.mark.parametrize("kind", ["attach", "transport", "policy"])
def test_every_file_of_a_part_is_a_part(kind: str) -> None:
    files = Path(networks.__path__[0], kind).glob("[!_]*.py")
    assert sorted(catalogue.parts(kind)) == sorted(file.stem.replace("_", "-") for file in files)


@pytest.mark.parametrize("kind", ["attach", "transport", "policy"])
def test_every_part_has_a_row_in_the_documentation(kind: str) -> None:
    page = (Path(__file__).parents[2] / "docs/networks.md").read_text(encoding="utf-8")
    rows = page.split(f"\n| {kind} |", 1)[1].split("\n\n")[0]
    described = {
        name.partition(":")[0] for row in rows.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert set(catalogue.parts(kind)) == described


def test_a_preset_and_its_parts_are_one_network_by_two_names() -> None:
    preset, parts = catalogue.parse("flannel/vxlan"), catalogue.parse("bridge:pods+vxlan:dev=flannel.1+flannel")
    assert (preset.attach, preset.transport, preset.policy) == (parts.attach, parts.transport, parts.policy)
    assert (preset.name, parts.name) == ("flannel/vxlan", "bridge:pods+vxlan:dev=flannel.1+flannel")


@pytest.mark.parametrize("transport", ["routes", "vpc", "vxlan:dev=flannel.1"])
def test_bare_leaves_out_the_rules_of_a_preset(transport: str) -> None:
    name = {"routes": "host-gw", "vpc": "aws-vpc"}.get(transport, "vxlan")
    bare, parts = catalogue.parse(f"flannel/{name}:bare"), catalogue.parse(f"bridge:pods+{transport}")
    assert bare.name == f"flannel/{name}:bare"
    assert (bare.attach, bare.transport, bare.policy) == (parts.attach, parts.transport, PartSpec("none"))
    assert catalogue.network(bare).summary.endswith("; no rules")
    assert catalogue.network(bare).desired_state(Topology.uniform(2, 1)) == catalogue.network(parts).desired_state(
        Topology.uniform(2, 1)
    )


def test_rules_are_named_by_the_policy_part_that_has_them_alone() -> None:
    names = ("host", "host/conntrack", "docker", "flannel/vxlan", "flannel/vxlan:bare", "ptp+nat+flannel", "ptp")
    assert {name: catalogue.network(catalogue.parse(name)).rules for name in names} == {
        "host": "none", "host/conntrack": "conntrack", "docker": "docker", "flannel/vxlan": "flannel",
        "flannel/vxlan:bare": "none", "ptp+nat+flannel": "flannel and nat-hooks", "ptp": "none",
    }  # fmt: skip


def test_options_stand_behind_their_part() -> None:
    assert catalogue.parse("ipvlan:l3+vpc:limit=500") == NetworkSpec(
        "ipvlan:l3+vpc:limit=500", PartSpec("ipvlan", (("l3", ""),)), PartSpec("vpc", (("limit", "500"),))
    )


def test_every_network_has_a_summary() -> None:
    assert all(catalogue.network(spec).summary for spec in catalogue.presets())
    summary = catalogue.network(catalogue.parse("ptp+vxlan")).summary
    assert summary == "a routed veth pair with a /32; packets in UDP between the nodes"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "flanel/vxlan",
            r"there is no network 'flanel/vxlan'\. Did you mean flannel/vxlan.*There are host, host/conntrack",
        ),
        ("", r"there is no network ''\. There are host, .*or write parts, like ptp\+vxlan"),
        ("a+b+c+d", r"there is no network"),
        ("ptp+", r"no transport part '' \(in ptp\+\)\. There are antrea, bgp, direct, .*routes"),
        ("vlan+direct", r"no attach part 'vlan'.*Did you mean ipvlan or macvlan"),
        (
            "ptp+vxlan+weave",
            r"no policy part 'weave'.*There are antrea, calico, cilium, conntrack, .*, kube-router, nat-hooks, none, romana",
        ),
        (
            "bridge+direct",
            r"bridge and direct do not go together: bridge makes pods behind.*go: .*nat, routes, .*vpc",
        ),
        (
            "ipvlan:l3+vxlan",
            r"ipvlan:l3 makes pods that only their node's interface.*With ipvlan:l3 go: bgp, routes, vpc",
        ),
        ("host+nat", r"With host go: direct"),
        ("ipvlan:l4+routes", r"ipvlan has no mode l4\. Write ipvlan:l2, ipvlan:l3 or ipvlan:l3s"),
        ("ipvlan:l2:l3+direct", r"ipvlan has no mode l2:l3"),
        ("ptp+vxlan:mtu=9", r"vxlan has no option mtu\. It takes vni, port"),
        ("ptp:fast+routes", r"ptp has no option fast\. It takes none"),
        ("ptp+vxlan:vni=0", r"vni=0 does not fit vxlan\. Write a whole number from 1 to 16777215, like vni=1"),
        ("ptp+vxlan:vni=²", r"vni=² does not fit vxlan"),
        ("ptp+vxlan:vni=1:vni=2", r"'vxlan:vni=1:vni=2' is not a part with options"),
        ("ptp+vxlan:vni=", r"'vxlan:vni=' is not a part with options"),
        ("ptp+vxlan:", r"'vxlan:' is not a part with options"),
        ("host:bare", r"host has no rules to leave out\. Write host without :bare"),
        ("docker:bare", r"docker has no rules to leave out"),
        ("flanel/vxlan:bare", r"there is no network 'flanel/vxlan:bare'\. Did you mean flannel/vxlan"),
        ("flannel/vxlan:rules", r"there is no network 'flannel/vxlan:rules'"),
        ("host+direct+conntrack:max=1", r"conntrack has no option max\. It takes none"),
        ("ptp+vpc:limit=1001", r"from 1 to 1000, like limit=50"),
    ],
)
def test_what_is_no_network_is_refused_with_what_would_be_one(text: str, said: str) -> None:
    with pytest.raises(NetworkError, match=said) as caught:
        catalogue.parse(text)
    assert caught.value.exit_code == 2


@given(st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=8).map("".join)))
def test_any_text_is_a_network_or_a_network_error(text: str) -> None:
    try:
        spec = catalogue.parse(text)
    except NetworkError:
        return
    assert spec.name == ALIASES.get(text.lower(), text)
    assert catalogue.network(spec).name == ALIASES.get(text.lower(), text)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, dict[str, str]], None]]:
    """Install a third party's package for one test: entry points, and files of its module `theirs`."""

    def install(entry_points: str, files: dict[str, str]) -> None:
        about = tmp_path / "theirs-1.0.dist-info"
        package = tmp_path / "theirs"
        for folder in (about, package):
            folder.mkdir(exist_ok=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(entry_points)
        for name, content in {"__init__.py": "", **files}.items():
            (package / name).write_text(content)
        forget()

    def forget() -> None:
        for cached in (
            discovery.every_entry_point,
            catalogue.parts,
            catalogue.presets,
            catalogue.default_presets,
            catalogue._presets,
        ):
            cached.cache_clear()
        for name in [name for name in sys.modules if name.partition(".")[0] == "theirs"]:
            del sys.modules[name]

    monkeypatch.syspath_prepend(tmp_path)
    yield install
    (tmp_path / "theirs-1.0.dist-info" / "entry_points.txt").unlink()
    forget()


THEIRS = """
from barewire.networks.attach.ptp import Ptp
class Ours(Ptp):
    name = "tap"
class Taken(Ptp):
    name = "bridge"
"""
PRESET = '[[network]]\nname = "{}"\nattach = "{}"\ntransport = "routes"\nsummary = "theirs"\n'


def test_a_third_partys_part_and_preset_are_networks_like_ours(
    installed: Callable[[str, dict[str, str]], None],
) -> None:
    points = "[barewire.attach]\ntap = theirs.parts:Ours\n[barewire.presets]\ntheirs = theirs\n"
    installed(points, {"parts.py": THEIRS, "presets.toml": PRESET.format("theirs/tap", "tap")})
    assert catalogue.parse("tap+vxlan").attach == PartSpec("tap")
    assert catalogue.presets()[-1].name == "theirs/tap"
    assert catalogue.network(catalogue.parse("theirs/tap")).summary == "theirs"


ATTACH, PRESETS = "[barewire.attach]\nx = theirs.", "[barewire.presets]\nx = "


@pytest.mark.parametrize(
    ("points", "files", "said"),
    [
        (f"{ATTACH}parts:Taken", {"parts.py": THEIRS}, r"two attach parts are called bridge: barewire\..* and theirs"),
        (f"{ATTACH}gone:X", {}, r"cannot load the part x \(in entry point theirs.gone:X of barewire.attach\)"),
        (f"{ATTACH}bad:X", {"bad.py": "1/0"}, r"cannot load the part x.*ZeroDivisionError"),
        (f"{ATTACH}n:X", {"n.py": "X = 3"}, r"theirs.n:X is not a part"),
        (f"{PRESETS}theirs", {"presets.toml": PRESET.format("ptp", "ptp")}, r"two presets are called ptp"),
        (f"{PRESETS}theirs", {"presets.toml": PRESET.format("x", "nope")}, r"no attach part 'nope' \(in x\)"),
        (f"{PRESETS}theirs", {"presets.toml": "[[network]]"}, r"cannot read presets.toml \(in theirs\): KeyError"),
        (f"{PRESETS}theirs", {"presets.toml": "x = ["}, r"cannot read presets.toml.*TOMLDecodeError"),
        (f"{PRESETS}theirs", {}, r"cannot read presets.toml.*FileNotFoundError"),
        (f"{PRESETS}theirz", {}, r"cannot read presets.toml.*ModuleNotFoundError"),
    ],
)
def test_a_third_partys_mistake_is_named_as_theirs(
    installed: Callable[[str, dict[str, str]], None], points: str, files: dict[str, str], said: str
) -> None:
    installed(points, files)
    with pytest.raises(NetworkError, match=said):
        catalogue.parse("ptp")
