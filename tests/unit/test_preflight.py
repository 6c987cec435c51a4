"""Pre-flight: readings of a machine decide whether it is fit; two studies on the same CPUs notice each other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from barewire.kernel import activity, claims
from barewire.kernel.activity import Activity, Process
from barewire.kernel.tuning.setting import Tree
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import preflight
from barewire.study.execution.preflight import MachineNeeds

CPUS = (0, 1)
QUIET = Activity(1.0, {0: 0.01, 1: 0.02}, {0: 0.0, 1: 0.0}, clocksource="tsc", load_average=0.1)
FREE = 60_000
"""CPUs that no machine has, so that no study of anybody's claims them: tests count up from here."""


def seen(**changed: object) -> Activity:
    values = {name: getattr(QUIET, name) for name in Activity.__slots__}
    return Activity(**(values | changed))


def test_a_quiet_machine_is_fit() -> None:
    found = preflight.judge(MachineNeeds(CPUS), QUIET)
    assert found.fit and found.sentence() == "fit for wall-clock studies"
    assert found.record().reasons == ()


@pytest.mark.parametrize(
    ("changed", "rule", "said"),
    [
        ({"busy": {0: 0.01, 1: 0.93}}, "busy CPU", "CPU 1 was 93 % busy"),
        ({"steal": {0: 0.2, 1: 0.0}}, "steal time", "kept 20 % of CPU 0's time"),
        ({"clocksource": "hpet"}, "clock source", "hpet"),
        ({"throttled": 3}, "thermal limit", "heat"),
        ({"slowest_limit": 0.3}, "frequency limit", "30 %"),
    ],
)
def test_each_rule_gives_its_reason(changed: Mapping[str, object], rule: str, said: str) -> None:
    found = preflight.judge(MachineNeeds(CPUS), seen(**changed))
    (reason,) = found.reasons
    assert reason.rule == rule and said in reason.detail
    assert found.sentence().startswith("not fit for wall-clock studies, because ")


def plan(*networks: str, **more: Any) -> StudyPlan:
    return StudyPlan(networks=networks, seed=0, **more)


def test_a_conntrack_table_that_a_trial_can_fill_is_reported() -> None:
    tracked = preflight.connections_tracked(plan("host", "docker", workloads=("tcp-crr",), seconds=6.0))
    assert tracked == 120_000
    (remark,) = preflight.judge(MachineNeeds(CPUS, tracked=tracked, conntrack_max=2000), QUIET).remarks
    assert remark.rule == "conntrack table"
    assert "sysctl -w net.netfilter.nf_conntrack_max=120000" in remark.detail
    for enough in (MachineNeeds(CPUS, tracked=tracked, conntrack_max=262_144), MachineNeeds(CPUS, tracked=tracked)):
        assert preflight.judge(enough, QUIET).remarks == ()


def test_only_new_connections_need_room_in_the_conntrack_table() -> None:
    assert preflight.connections_tracked(plan("host", "ptp", workloads=("tcp-crr",))) == 0
    assert preflight.connections_tracked(plan("host", "docker", workloads=("tcp-rr", "http-max", "tcp-stream"))) == 0
    assert (
        preflight.connections_tracked(plan("host", "docker", workloads=("http-crr", "tcp-crr"), sizes=(100, 4096))) > 0
    )


@pytest.mark.parametrize(
    ("site", "rule"),
    [
        (MachineNeeds((0,), apart=False), "one CPU"),
        (MachineNeeds(CPUS, quota_cpus=0.6), "CPU quota"),
        (MachineNeeds(CPUS, taken={1: 77}), "another study"),
    ],
)
def test_what_the_study_cannot_have_makes_the_machine_unfit(site: MachineNeeds, rule: str) -> None:
    (reason,) = preflight.judge(site, QUIET).reasons
    assert reason.rule == rule


def test_processes_are_named_on_the_cpu_that_they_use() -> None:
    users = (Process(12, "cc1", 1, 0.6), Process(13, "ld", 1, 0.2), Process(14, "idle", 0, 0.3))
    (reason,) = preflight.judge(MachineNeeds(CPUS), seen(busy={0: 0.05, 1: 0.8}, processes=users)).reasons
    assert reason.detail == "CPU 1 was 80 % busy: cc1 (process 12) 60 %, ld (process 13) 20 %"


def test_a_load_average_is_only_a_remark() -> None:
    found = preflight.judge(MachineNeeds(CPUS), seen(load_average=3.5))
    assert found.fit and found.remarks[0].rule == "load average"


def test_one_noisy_look_is_followed_by_a_second_that_decides() -> None:
    busy = seen(busy={0: 0.9, 1: 0.0})
    looks = iter([busy, QUIET])
    assert preflight.examine(MachineNeeds(CPUS), lambda: next(looks)).fit
    assert next(looks, None) is None
    looks = iter([busy, busy])
    assert not preflight.examine(MachineNeeds(CPUS), lambda: next(looks)).fit


def machine(root: Path, ticks: Mapping[str, tuple[int, ...]], processes: Mapping[int, tuple[str, int, int]]) -> Tree:
    """A tree with the files that are read: ticks by CPU, and name, ticks and CPU by process."""
    (root / "proc").mkdir(parents=True, exist_ok=True)
    (root / "proc/stat").write_text("".join(f"{name} {' '.join(map(str, t))}\n" for name, t in ticks.items()))
    (root / "proc/loadavg").write_text("1.25 0.80 0.38 2/114 14756\n")
    for pid, (name, used, cpu) in processes.items():
        fields = ["S", *["0"] * 49]
        fields[11], fields[36] = str(used), str(cpu)
        (root / f"proc/{pid}").mkdir(exist_ok=True)
        (root / f"proc/{pid}/stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")
    clock = root / "sys/devices/system/clocksource/clocksource0"
    clock.mkdir(parents=True, exist_ok=True)
    (clock / "current_clocksource").write_text("tsc\n")
    for cpu, limit in ((0, 3000), (1, 1500)):
        folder = root / f"sys/devices/system/cpu/cpu{cpu}/cpufreq"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scaling_max_freq").write_text(f"{limit}\n")
        (folder / "cpuinfo_max_freq").write_text("3000\n")
    return Tree(root)


def test_busy_time_steal_and_processes_are_read_from_proc(tmp_path: Path) -> None:
    before = activity.read(machine(tmp_path, {"cpu": (0,) * 10, "cpu0": (0,) * 10, "cpu1": (0,) * 10}, {}))
    after = activity.read(
        machine(
            tmp_path,
            # user nice system idle iowait irq softirq steal
            {"cpu": (0,) * 10, "cpu0": (10, 0, 10, 70, 0, 0, 5, 5, 0, 0), "cpu1": (0, 0, 0, 90, 10, 0, 0, 0, 0, 0)},
            {7: ("a (b) c", 50, 0), 8: ("other", 50, 5)},
        )
    )
    found = activity.between(before, after, CPUS, Tree(tmp_path))
    assert found.busy == {0: 0.25, 1: 0.0}
    assert found.steal == {0: 0.05, 1: 0.0}
    assert [(one.pid, one.name, one.cpu) for one in found.processes] == [(7, "a (b) c", 0)]
    assert (found.load_average, found.clocksource, found.slowest_limit) == (1.25, "tsc", 0.5)


def test_a_kernel_worker_that_is_renamed_is_counted_once(tmp_path: Path) -> None:
    ticks = {"cpu0": (0,) * 10}
    before = activity.read(machine(tmp_path, ticks, {7: ("kworker/0:1-idle", 900, 0)}))
    after = activity.read(machine(tmp_path, ticks, {7: ("kworker/0:1-events", 901, 0)}))
    (one,) = activity.between(before, after, CPUS, Tree(tmp_path)).processes
    assert one.share * (after.nanoseconds - before.nanoseconds) / 1e9 == pytest.approx(1 / os.sysconf("SC_CLK_TCK"))


def test_this_machine_can_be_read() -> None:
    cpus = os.sched_getaffinity(0)
    found = activity.observe(cpus, 0.02)
    assert set(found.busy) == set(cpus) and all(0 <= share <= 1 for share in found.busy.values())
    assert all(one.pid != os.getpid() for one in found.processes)


def test_a_second_claim_sees_who_holds_the_cpu() -> None:
    code = (
        "import sys; from barewire.kernel import claims\n"
        f"with claims.claimed([{FREE}]) as taken: print(dict(taken), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout and other.stdout.readline() == "{}\n"
        with claims.claimed([FREE, FREE + 1]) as taken:
            assert taken == {FREE: other.pid}
            assert claims.holders([FREE, FREE + 1]) == {FREE: other.pid, FREE + 1: os.getpid()}
        other.kill()
    # Its end, even by a kill, gives the CPU back.
    assert claims.holders([FREE, FREE + 1]) == {}
    with claims.claimed([FREE]) as taken:
        assert taken == {}
