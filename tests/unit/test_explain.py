"""From counts to stages, stacks and pages: reading, folding, comparing, drawing."""

from __future__ import annotations

import dataclasses
import json
import resource
import shutil
import subprocess
import tempfile
from importlib import resources
from ipaddress import ip_address
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import MeasurementError, PrerequisiteError, UsageError
from barewire.explain import counter, counts, document, folded, loads, profile, run, stages, symbols, tree
from barewire.explain.symbols import USER, Function
from barewire.model.expectation import Target
from barewire.records import plain
from barewire.render.explanation import files, page
from barewire.results import explained
from barewire.results.explained import Skipped
from barewire.workloads.generator import load as load_driver

KALLSYMS = """\
ffffffff81000000 T _text
ffffffff81000000 t startup
ffffffff81000100 T __pfx_ip_output
ffffffff81000110 T ip_output
ffffffff81000200 t memcpy_orig
ffffffff81000300 t tcp_ack.part.0
ffffffff82000000 D jiffies
ffffffffc0000000 t vxlan_xmit\t[vxlan]
ffffffffc0001000 t bpf_prog_6deef7357e7b4530\t[bpf]
0000000000000000 A percpu
"""

PRINTED = """\
node 1 0 ffffffff81000150
node 2 1 ffffffffc0000080
count 0 0 100
count 1 ffffffff81000200 40
count 2 ffffffff81000210 60
count 1 ffffffff81000205 4
total 204
returns 0
deep 0
corrected 3
"""

IP, COPY, VXLAN = Function("ip_output"), Function("memcpy_orig"), Function("vxlan_xmit", "vxlan")
TABLE = dataclasses.replace(symbols.parse(KALLSYMS), added=symbols.parse_added(KALLSYMS))


def test_counts_are_read_with_the_calls_that_they_are_under() -> None:
    counted = counts.parse(PRINTED)
    assert counted.total == 204
    assert counted.doubts == {"returns": 0, "deep": 0, "corrected": 3}
    assert dict(counted.stacks())[0xFFFFFFFF8100014F, 0xFFFFFFFFC000007F, 0xFFFFFFFF81000210] == 60


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("total 204", "total 205"), "not whole"),
        (("corrected 3\n", ""), "not whole"),
        (("count 1", "count 9"), "call 9 is not there"),
        (("node 2 1", "node 2 7"), "under 7, which is not there"),
        (("count 0 0 100", "count 0 0"), "is no count"),
        (("count 0 0 100", "count 0 zero 100"), "invalid literal"),
    ],
)
def test_counts_that_were_cut_or_changed_are_refused(change: tuple[str, str], said: str) -> None:
    with pytest.raises(MeasurementError, match=said):
        counts.parse(PRINTED.replace(*change))


@given(st.integers(1, len(PRINTED) - 2))
def test_counts_that_end_early_are_refused(length: int) -> None:
    with pytest.raises(MeasurementError):
        counts.parse(PRINTED[:length])


def test_an_address_has_the_name_of_the_function_that_holds_it() -> None:
    assert TABLE.find(0xFFFFFFFF81000110) == TABLE.find(0xFFFFFFFF810001FF) == IP
    assert TABLE.find(0xFFFFFFFFC0000010) == VXLAN
    assert str(TABLE.find(0xFFFFFFFFC0001001)) == "bpf_prog_6deef7357e7b4530 [bpf]"
    assert TABLE.find(0x401000) == USER
    assert TABLE.find(0xFFFFFFFF80000000) == symbols.UNKNOWN
    assert TABLE.find(0xFFFFFFFF81000000).name == "_text", "the global one of two names"
    assert TABLE.find(0xFFFFFFFF81000301).name == "tcp_ack", "a part has its function's name"


def test_modules_of_two_labs_at_one_address_keep_their_names() -> None:
    later = symbols.parse_added("ffffffffc0000000 t br_handle_frame\t[bridge]\n")
    assert TABLE.find(0xFFFFFFFFC0000080) == VXLAN
    assert dataclasses.replace(TABLE, added=later).find(0xFFFFFFFFC0000080) == Function("br_handle_frame", "bridge")
    assert dataclasses.replace(TABLE, added=symbols.parse_added("")).find(0xFFFFFFFF81000110) == IP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000000000000000 T _text\n0000000000000000 t ip_output\n",
        "ffffffff82000000 D x\n",
        "ffffffffc0000000 t x [y]\n",
    ],
)
def test_a_kernel_without_symbols_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(PrerequisiteError, match="CONFIG_KALLSYMS"):
        symbols.parse(text)


def test_a_helper_counts_for_whom_it_works() -> None:
    standard = stages.standard()
    assert standard.of_stack((IP, COPY)) == "IP"
    assert standard.of_stack((IP, VXLAN, COPY)) == "encapsulation"
    assert standard.of_stack((COPY,)) == stages.OTHER
    assert standard.of_stack((USER,)) == stages.USER_STAGE
    assert standard.of_stack((Function("ip_route_output_key_hash"),)) == "routing and neighbours", "the longer pattern"
    assert standard.of_stack((Function("ip_tunnel_xmit"),)) == "encapsulation"
    assert standard.of_stack((Function("anything", "bridge"),)) == "bridge"


def test_no_pattern_of_the_stages_stands_in_two_of_them() -> None:
    standard = stages.standard()
    patterns = [pattern.pattern for pattern, _ in standard.functions]
    assert len(patterns) == len(set(patterns))
    assert set(standard.modules.values()) <= set(standard.names)


def folded_host() -> profile.StackProfile:
    return profile.StackProfile({(USER,): 50.0, (IP,): 20.0, (IP, COPY): 20.0})


def folded_network() -> profile.StackProfile:
    return profile.fold([counts.parse(PRINTED)], TABLE, 2)


def test_counts_become_instructions_of_one_operation() -> None:
    assert folded_network().stacks == {(USER,): 50.0, (IP, COPY): 22.0, (IP, VXLAN, COPY): 30.0}


def test_loads_that_were_counted_apart_add_up() -> None:
    assert profile.fold([counts.parse(PRINTED)] * 3, TABLE, 6) == folded_network()


def test_stages_and_functions_each_add_up_to_the_whole() -> None:
    found = folded_network()
    assert sum(found.by_stage(stages.standard()).values()) == found.total == 102.0
    assert sum(found.by_function().values()) == found.total
    assert found.by_stage(stages.standard())["encapsulation"] == 30.0
    assert found.by_function()[COPY] == 52.0


def answer(load: str = "tcp-rr", share: float = 1.0) -> run.Explanation:
    def of(name: str, found: profile.StackProfile) -> run.Explained:
        return run.Explained(name, found, 2, (93, 95), (90.5,), round(found.total * 2), 1_000_000, {"returns": 0})

    def part(found: profile.StackProfile) -> profile.StackProfile:
        return profile.StackProfile({stack: instructions * share for stack, instructions in found.stacks.items()})

    networks = (of("host", part(folded_host())), of("flannel/<vxlan>", part(folded_network())))
    skipped = (Skipped("ipvlan/l2", "the kernel has no ipvlan", "Load the module ipvlan"),)
    return run.Explanation("6.12", "7.2", loads.load(load), 0.001, networks, skipped)


def test_the_document_fits_its_schema_and_its_differences_add_up() -> None:
    schema = json.loads(resources.files("barewire.schemas").joinpath("explain-2.schema.json").read_text())
    written = plain(document.document(answer()))
    jsonschema.validate(written, schema)
    host, network = written["networks"]
    assert host["difference"] == 0 and network["difference"] == 12.0
    assert sum(cell["difference"] for cell in network["stages"].values()) == network["difference"]
    assert network["stages"]["encapsulation"] == {"instructions": 30.0, "difference": 30.0}
    assert network["functions"][0] == {
        "function": "memcpy_orig",
        "module": "",
        "instructions": 52.0,
        "difference": 32.0,
    }
    assert sum(one["difference"] for one in network["functions"]) == 12.0


def test_a_document_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    written = document.document(answer())
    (tmp_path / "explain.json").write_text(json.dumps(plain(written)))
    assert explained.read(tmp_path / "explain.json") == written


def test_what_a_byte_takes_keeps_its_digits() -> None:
    written = document.document(answer("tcp-stream", 1 / 128))
    assert (written.operation, written.digits) == ("byte", 4)
    assert written.least == pytest.approx(0.00005)
    assert written.networks[1].instructions == pytest.approx(102 / 128, abs=1e-5)
    assert written.networks[1].stages["encapsulation"].difference == pytest.approx(30 / 128, abs=1e-5)
    assert "0.7031" in page.render(answer("tcp-stream", 1 / 128))


@pytest.mark.parametrize(
    ("whole", "digits"), [(0.0, 0), (0.0713, 5), (0.7, 4), (1.0, 3), (99.9, 2), (999.0, 1), (1000.0, 0), (62_088.0, 0)]
)
def test_numbers_bear_four_digits_of_the_whole(whole: float, digits: int) -> None:
    assert explained.digits(whole) == digits


def test_going_idle_is_idle_and_going_to_work_is_not() -> None:
    loop = (Function("cpu_startup_entry"), Function("do_idle"))
    standard = stages.standard()
    assert standard.of_stack(loop) == "idle"
    assert (
        standard.of_stack((*loop, Function("tick_nohz_idle_stop_tick"), Function("hrtimer_start_range_ns"))) == "idle"
    )
    assert standard.of_stack((*loop, Function("schedule_idle"), Function("__schedule"))) == "wake-up and scheduler"
    assert standard.of_stack((Function("asm_sysvec_apic_timer_interrupt"), Function("tick_nohz_handler"))) == (
        "interrupts and timers"
    )


def test_loads_are_listed_with_commas_each_once() -> None:
    assert [load.name for load in loads.listed("udp-stream, tcp-rr,udp-stream")] == ["udp-stream", "tcp-rr"]
    with pytest.raises(UsageError, match="'x'"):
        loads.listed("tcp-rr,x")


def test_several_loads_have_a_folder_each_and_one_has_none(tmp_path: Path) -> None:
    assert files.write([answer()], tmp_path / "one") == (tmp_path / "one" / "explain.html",)
    pages = files.write([answer(), answer("udp-stream")], tmp_path / "two")
    assert [str(page.relative_to(tmp_path)) for page in pages] == [
        "two/tcp-rr/explain.html",
        "two/udp-stream/explain.html",
    ]
    assert explained.read(tmp_path / "two" / "udp-stream" / "explain.json").operation == "packet"


def test_files_are_all_written_or_none(tmp_path: Path) -> None:
    files.write([answer()], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "explain.json").unlink()
    (tmp_path / "explain.json").mkdir()  # nothing can be put in its place
    changed = dataclasses.replace(answer(), release="6.99")
    with pytest.raises(PrerequisiteError, match="cannot write into"):
        files.write([changed], tmp_path)
    (tmp_path / "explain.json").rmdir()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        name: content for name, content in before.items() if name != "explain.json"
    }


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    # A file may not grow beyond this, so the page, written first, breaks off in its middle.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, limits[1]))
    try:
        with pytest.raises(PrerequisiteError, match="cannot write into"):
            files.write([answer()], tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_stacks_are_written_one_a_line_and_add_up() -> None:
    lines = folded.folded(answer().networks[1]).splitlines()
    assert lines == ["ip_output;memcpy_orig 44", "ip_output;vxlan_xmit [vxlan];memcpy_orig 60", "user space 100"]


def test_a_difference_has_both_numbers_of_every_stack() -> None:
    host, network = answer().networks
    assert folded.difference(network, host, 1000).splitlines() == [
        "ip_output 20000 0", "ip_output;memcpy_orig 20000 22000", "ip_output;vxlan_xmit [vxlan];memcpy_orig 0 30000",
        "user space 50000 50000",
    ]  # fmt: skip


def test_speedscope_has_a_whole_profile_for_each_network() -> None:
    profile_file = json.loads(folded.speedscope(answer()))
    frames = [frame["name"] for frame in profile_file["shared"]["frames"]]
    assert len(frames) == len(set(frames))
    for one, network in zip(profile_file["profiles"], answer().networks, strict=True):
        assert sum(one["weights"]) == one["endValue"] == network.profile.total
        stacks = {tuple(frames[at] for at in sample) for sample in one["samples"]}
        assert stacks == {tuple(map(str, stack)) for stack in network.profile.stacks}


def test_a_box_is_as_wide_as_all_under_it_and_knows_the_baseline() -> None:
    found = tree.boxes(folded_network(), folded_host(), stages.standard())
    assert [(box.name, box.parent, box.instructions, box.before) for box in found] == [
        ("all", -1, 102.0, 90.0), ("ip_output", 0, 52.0, 40.0), ("vxlan_xmit [vxlan]", 1, 30.0, 0.0),
        ("memcpy_orig", 2, 30.0, 0.0), ("memcpy_orig", 1, 22.0, 20.0), ("user space", 0, 50.0, 50.0),
    ]  # fmt: skip


def test_boxes_too_narrow_to_see_are_left_out_of_the_same_width() -> None:
    found = tree.boxes(folded_network(), folded_host(), stages.standard(), least=0.25)
    assert [box.name for box in found] == ["all", "ip_output", "vxlan_xmit [vxlan]", "memcpy_orig", "user space"]
    assert found[1].instructions == 52.0


def test_no_name_of_a_network_can_become_markup_of_the_page() -> None:
    text = page.render(answer())
    assert "<vxlan>" not in text
    assert "flannel/&lt;vxlan&gt;" in text and "\\u003cvxlan>" in text
    assert "http" not in text.partition("<script>")[0].partition("<body>")[2], "nothing is asked of the network"


def test_an_unknown_load_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"tcp-rr, .*udp-rr, .*tcp-stream, udp-stream, .*tcp-stream-no-offloads"):
        loads.load("iperf3")


@pytest.mark.parametrize(
    ("version", "interface"), [("7.2.22", "1"), ("6.2.0", "1"), ("8.2.2", "1"), ("9.1.0", "3"), ("10.0.3", "3")]
)
def test_the_plugin_is_the_one_for_the_version_of_qemu(version: str, interface: str, tmp_path: Path) -> None:
    assert counter.plugin(says(version, tmp_path)).name == f"barewire-count-{interface}.so"


@pytest.mark.parametrize("version", ["4.2.1", "9.0.2"])
def test_a_qemu_without_a_fitting_plugin_is_refused(version: str, tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match=rf"QEMU {version}.*Debian's are 7\.2 and 10\.0"):
        counter.plugin(says(version, tmp_path))


def test_without_qemu_the_error_says_how_to_install_it() -> None:
    with pytest.raises(PrerequisiteError, match=r"apt-get install .* qemu-system-x86`"):
        counter.plugin("/nowhere/qemu-system-x86_64")


class DeadTestbed:
    """A place whose QEMU ends at once with these words."""

    def __init__(self, said: str) -> None:
        self.said = said

    def start(self) -> None:
        raise MeasurementError("the VM did not boot", said=self.said)


def test_a_qemu_without_plugins_is_no_guest_that_does_not_boot() -> None:
    with pytest.raises(PrerequisiteError, match="--enable-plugins"):
        run._started(DeadTestbed("QEMU ended with 1; qemu-system-x86_64: -plugin: invalid option"))  # type: ignore[arg-type]
    with pytest.raises(MeasurementError, match="Kernel panic"):
        run._started(DeadTestbed("Kernel panic - not syncing"))  # type: ignore[arg-type]


def says(version: str, folder: Path) -> str:
    """A program that prints this version, as QEMU does."""
    path = folder / "qemu"
    path.write_text(f"#!/bin/sh\necho QEMU emulator version {version}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(shutil.which("qemu-system-x86_64") is None, reason="QEMU is not installed")
def test_the_plugin_calls_back_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with counter.Counter("qemu-system-x86_64") as waiting:
        assert list(tmp_path.iterdir()) == []
        # A machine without anything has no guest to count, and loads the plugin as any other does.
        command = [
            "qemu-system-x86_64",
            "-machine",
            "none",
            "-nodefaults",
            "-display",
            "none",
            "-S",
            *waiting.arguments,
        ]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as qemu:
            try:
                waiting.connect()
            finally:
                qemu.kill()


@pytest.mark.parametrize("name", [load.name for load in loads.every().values() if not load.workload.one_way])
def test_the_generator_takes_the_options_of_every_load(name: str) -> None:
    target = Target(ip_address("10.0.0.1"), 20_000)
    spec = loads.load(name).workload.explained_spec(target, "cubic", 0.01, 0)
    words = load_driver.argv(spec, "barewire-load")
    # UDP has no congestion control, and the generator refuses it.
    assert ("--congestion" in words) == (name != "udp-rr")
