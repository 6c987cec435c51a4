"""Bad input is one sentence that says what to do, an exit code, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Study
from tests.support import synthetic
from tests.support.command import TINY, barewire, barewire_inside

UNSHARE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--networks", "flanel/vxlan"], ["there is no network 'flanel/vxlan'", "Did you mean flannel/vxlan"]),
        (["--networks", "bridge+direct"], ["bridge and direct do not go together"]),
        (["--networks", "ptp+vxlan:vni=x"], ["vni=x"]),
        (["--networks", "host,ptp,ptp"], ["two networks have the name ptp"]),
        (["--loads", "0%"], ["0.01 % to 150 %", "got 0%"]),
        (["--loads", "151%"], ["0.01 % to 150 %"]),
        (["--loads", "0.5"], ["--loads cannot be '0.5'", "'0.5' is not a share", "30%"]),
        (["--sizes", "0"], ["--sizes cannot be '0'", "like 100,4096"]),
        (["--sizes", "4q"], ["--sizes cannot be '4q'", "4KiB"]),
        (["--budget", "10x"], ["--budget cannot be '10x'", "10m"]),
        (["--wire", "rate=0bit"], ["--wire rate cannot be '0bit'", "at least 8bit"]),
        (["--networks", "calico"], ["barewire builds no network 'calico'", "policies", "calico/bgp"]),
        (["--networks", "host,Cilium"], ["eBPF", "ebpf/vxlan"]),
        (["--networks", "vxlan,flannel/vxlan"], ["two networks have the name flannel/vxlan"]),
        (["--blocks", "0"], ["blocks"]),
        (["--seconds", "-1"], ["seconds"]),
        (["--wire", "rate=fast"], ["10gbit"]),
        (["--wire", "speed=10gbit"], ["--wire takes no speed", "rate"]),
        (["--server-cpus", "4095"], ["--server-cpus", "CPU 4095"]),
        (["--warmup", "-1"], ["--warmup cannot be -1.0", "greater than or equal to 0", "0 to 60, or auto"]),
        (["--warmup", "99"], ["--warmup cannot be 99.0", "less than or equal to 60"]),
        (["--family", "5"], ["family"]),
        (["--json", "/proc/nothing/x.json"], ["cannot write /proc/nothing/x.json"]),
        (["--json", "/"], ["cannot write /"]),
        (["--clock", "atomic"], ["--clock cannot be 'atomic'. ", "counted"]),
        (["--kernel", "six"], ["'six' names no kernel", "6.12"]),
        (["--kernel", "./nowhere/vmlinuz"], ["there is no kernel"]),
        (["--kernel", "/dev/null"], ["is not a Linux kernel"]),
        (["--kernel", "host,6.12"], ["host is this machine itself"]),
        (
            ["--kernel", "6.1,6.12", "--tune", "none,latency"],
            ["several kernels and several tunings cannot be compared"],
        ),
        (["--kernel", "6.12", "--tune", "latency"], ["the tuning latency sets", "[lab] alone"]),
        (["--clock", "counted", "--tune", "none,study-2016"], ["the tuning study-2016 sets"]),
        (["--nodes", "51", "--networks", "host,flannel/aws-vpc"], ["RouteLimitExceeded", "vpc:limit=500"]),
    ],
)
def test_a_wrong_option_is_refused_with_what_to_write(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    done = barewire_inside("study", "--force", *arguments, "--out", str(tmp_path / "run"))
    assert done.code == 2, done.err
    for word in words:
        assert word in done.sentence
    assert not (tmp_path / "run").exists()


def test_a_dry_run_refuses_cpus_that_are_not_there() -> None:
    done = barewire_inside("study", "--networks", "host", "--server-cpus", "4095", "--dry-run")
    assert done.code == 2 and "CPU 4095" in done.sentence


def test_a_malformed_plan_names_the_file_the_line_and_the_key(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('networks = ["host", "ptp"]\n\nblocks = "many"\n')
    done = barewire_inside("study", str(plan))
    assert done.code == 2
    assert f"{plan}, line 3" in done.sentence
    assert "blocks" in done.sentence
    plan.write_text("networks = [\n")
    assert f"{plan}, line 1" in barewire_inside("study", str(plan)).sentence
    assert "cannot be read" in barewire_inside("study", str(tmp_path / "absent.toml")).sentence


@pytest.mark.kernel
def test_without_nginx_the_exact_line_to_type_is_said(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx
    hidden = [*UNSHARE, "sh", "-c", f'mount --bind /dev/null {nginx} && exec "$@"', "sh"]
    done = barewire("study", *TINY, "--networks", "host,ptp", "--out", str(tmp_path / "run"), before=hidden)
    assert done.code == 2, done.err
    assert "nginx is not installed" in done.sentence
    assert "apt-get install -y --no-install-recommends nginx" in done.sentence


@pytest.mark.kernel
def test_without_permission_one_clear_sentence_says_what_to_do(tmp_path: Path) -> None:
    script = 'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "$@"'
    powerless = ["unshare", "-r", "sh", "-c", script, "sh"]
    done = barewire("study", *TINY, "--networks", "host,ptp", "--out", str(tmp_path / "run"), before=powerless)
    assert done.code == 2, done.err
    assert "make network namespaces" in done.sentence
    doctor = barewire("doctor", "--json", before=powerless)
    assert doctor.code == 1
    checks = {check["subject"]: check for check in json.loads(doctor.out)["checks"]}
    assert checks["permission"]["state"] == "bad"


@pytest.mark.kernel
def test_a_full_disk_ends_the_study_and_keeps_its_trials(tmp_path: Path) -> None:
    # Enough for run.json and some trials; then there is no room.
    script = (
        f'mount -t tmpfs -o size=96k tmpfs {tmp_path} && "$@"; code=$?; cat {tmp_path}/run/*.ndjson >&2; exit $code'
    )
    small = [*UNSHARE, "sh", "-c", script, "sh"]
    done = barewire(
        "study",
        *TINY,
        "--workloads",
        "tcp-rr,http-max",
        "--blocks",
        "6",
        "--networks",
        "host,ptp",
        "--out",
        str(tmp_path / "run"),
        before=small,
        seconds=300,
    )
    assert done.code == 3, done.err
    assert "No space left on device" in done.sentence
    assert "--resume" in done.sentence
    for line in done.err.splitlines():
        if line.startswith("{"):
            assert json.loads(line)["schema"] == "barewire/trial/2"


@pytest.mark.kernel
def test_resuming_on_another_machine_is_refused_with_the_reason(small: Study, tmp_path: Path) -> None:
    copy = shutil.copytree(small.path, tmp_path / "copy")
    record = json.loads((copy / "run.json").read_text())
    record["environment"]["kernel"] = "Linux 2.6.32"
    (copy / "run.json").write_text(json.dumps(record))
    done = barewire_inside("study", "--force", "--resume", str(copy))
    assert done.code == 2
    assert "kernel was Linux 2.6.32, is Linux" in done.sentence


def test_a_run_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    synthetic.write_run(path, {"host": 1.0, "ptp": 1.2})
    record = json.loads((path / "run.json").read_text())
    record["schema"] = "barewire/run/99"
    (path / "run.json").write_text(json.dumps(record))
    for arguments in (["report", str(path)], ["study", "--resume", str(path)]):
        done = barewire_inside(*arguments)
        assert done.code == 2, done.err
        assert "newer" in done.sentence


def test_a_directory_in_use_or_foreign_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = barewire_inside("study", *TINY, "--networks", "host,ptp", "--out", str(tmp_path))
    assert done.code == 2
    assert "is not an empty directory" in done.sentence
    assert barewire_inside("report", str(tmp_path)).code == 2
    assert "there is no run" in barewire_inside("report", str(tmp_path / "absent")).sentence


@pytest.mark.kernel
def test_a_wire_without_its_qdisc_is_refused_with_the_remedy() -> None:
    doctor = json.loads(barewire("doctor", "--json").out)["checks"]
    netem = next(check for check in doctor if check["subject"] == "qdisc:netem")
    name = f"bad-wire-{os.getpid()}"
    done = barewire("lab", "up", "host", "--wire", "delay=1ms", "--detach", "--name", name)
    if netem["state"] == "good":
        assert done.code == 0
        assert barewire("lab", "down", name).code == 0
    else:
        assert done.code == 2
        assert "no qdisc netem" in done.sentence
        assert "modprobe sch_netem" in done.sentence
