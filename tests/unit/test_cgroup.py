"""CPU quotas are found at every level of either version of control groups, also inside a cgroup namespace."""

from __future__ import annotations

from pathlib import Path

import pytest

from barewire.kernel import cgroup
from barewire.kernel.tuning.setting import Tree

V2 = "26 20 0:23 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n"
V1 = "30 20 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
V1_MEMORY = "31 20 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"


def machine(root: Path, mountinfo: str, own: str, **files: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(mountinfo)
    (root / "proc/self/cgroup").write_text(own)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_smallest_quota_of_all_levels_counts(tmp_path: Path) -> None:
    files = {
        "a/cpu.max": "60000 100000\n",
        "a/cpu.stat": "usage_usec 5\nthrottled_usec 1500\n",
        "a/b/cpu.max": "max 100000\n",
        "a/b/cpu.stat": "usage_usec 5\nthrottled_usec 9\n",
    }
    root = machine(tmp_path, V2, "0::/a/b\n", **files)
    assert cgroup.cpu_quota(Tree(root)) == 0.6
    assert cgroup.throttled_ns(Tree(root)) == 1_500_000


def test_version_1_has_quota_and_throttled_time_in_its_own_files(tmp_path: Path) -> None:
    files = {
        "cpu,cpuacct/job/cpu.cfs_quota_us": "150000\n",
        "cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
        "cpu,cpuacct/job/cpu.stat": "nr_periods 2\nnr_throttled 1\nthrottled_time 77\n",
        "memory/job/cpu.stat": "throttled_time 5\n",
    }
    root = machine(tmp_path, V1_MEMORY + V1, "5:memory:/job\n4:cpu,cpuacct:/job\n0::/job\n", **files)
    assert cgroup.cpu_quota(Tree(root)) == 1.5
    assert cgroup.throttled_ns(Tree(root)) == 77


@pytest.mark.parametrize("own", ["0::/\n", "0::/../../elsewhere\n"])
def test_a_container_sees_its_own_group_as_the_top(tmp_path: Path, own: str) -> None:
    root = machine(tmp_path, V2, own, **{"cpu.max": "50000 100000\n", "cpu.stat": "throttled_usec 2\n"})
    assert (cgroup.cpu_quota(Tree(root)), cgroup.throttled_ns(Tree(root))) == (0.5, 2000)


def test_without_a_quota_nothing_is_throttled(tmp_path: Path) -> None:
    root = machine(tmp_path, V2, "0::/a\n", **{"a/cpu.max": "max 100000\n", "a/cpu.stat": "throttled_usec 0\n"})
    assert (cgroup.cpu_quota(Tree(root)), cgroup.throttled_ns(Tree(root))) == (None, None)
