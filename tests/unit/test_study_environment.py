"""A run is resumed only on the machine that it was begun on; anything else is refused with the difference."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from barewire.errors import RunError
from barewire.kernel import cgroup
from barewire.kernel.counters import Counters
from barewire.lab import environment
from barewire.results.environment import differences, that_counts
from barewire.study.execution.environment_diff import refuse_difference
from barewire.testbeds.requests import LabNamespaces
from barewire.testbeds.vm.testbed import VmNamespaces
from tests.support import synthetic
from tests.support.records import environment_of


def test_the_same_machine_differs_in_nothing() -> None:
    assert differences(synthetic.environment(), copy.deepcopy(synthetic.environment())) == []
    refuse_difference(environment_of(synthetic.environment()), environment_of(synthetic.environment()), "run")


def test_every_difference_is_shown_with_what_it_was_and_is() -> None:
    now = synthetic.environment()
    now["kernel"] = "Linux 7.0"
    now["cpu"] = {**now["cpu"], "online": "0-3"}
    now["versions"] = {**now["versions"], "nginx": "1.28"}
    now["sysctls"] = {"net.ipv4.tcp_congestion_control": "bbr"}
    assert differences(synthetic.environment(), now) == [
        ("cpu.online", "0-1", "0-3"),
        ("kernel", "Linux 6.12.0-1-amd64 #1 SMP", "Linux 7.0"),
        ("sysctls.net.ipv4.tcp_congestion_control", "cubic", "bbr"),
        ("sysctls.net.ipv4.tcp_sack", "1", "(not recorded)"),
        ("versions.nginx", "1.26.3", "1.28"),
    ]


def test_another_testbed_is_a_difference() -> None:
    there = {**synthetic.environment(), "testbed": "vm"}
    assert differences(synthetic.environment(), there) == [("testbed", "local", "vm")]


def test_the_machine_under_a_vm_may_differ_only_if_it_counts() -> None:
    def vm(clock: str, host: str) -> Mapping[str, object]:
        described = {"testbed": "vm", "vm": {"qemu": "7.2.22", "clock": clock}, "host": {"cpu": {"model": host}}}
        return that_counts(environment_of({**synthetic.environment(), **described}))

    assert differences(vm("counted", "this CPU"), vm("counted", "that CPU")) == []
    assert differences(vm("wall", "this CPU"), vm("wall", "that CPU")) == [("host.cpu.model", "this CPU", "that CPU")]
    assert ("vm.clock", "counted", "wall") in differences(vm("counted", ""), vm("wall", ""))


def test_a_quota_of_the_machine_under_a_vm_is_recorded() -> None:
    here = environment._host()["limits"]
    assert here["cpuset"]
    assert here["cpu_quota"] is None or here["cpu_quota"] > 0

    def quota(cpus: float | None) -> dict[str, Any]:
        vm = {"testbed": "vm", "vm": {"qemu": "7.2.22", "clock": "wall"}}
        return {**synthetic.environment(), **vm, "host": {"limits": {"cpu_quota": cpus}}}

    assert differences(quota(None), quota(0.6)) == [("host.limits.cpu_quota", "None", "0.6")]


def test_what_a_quota_stops_of_a_vm_is_counted_outside_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Counters(1, {}, 0, 0, 0, {})
    monkeypatch.setattr(LabNamespaces, "counters", lambda *_: seen)
    monkeypatch.setattr(cgroup, "throttled_ns", lambda: 7)
    assert object.__new__(VmNamespaces).counters() == replace(seen, throttled_ns=7)


def test_a_few_pages_of_memory_are_not_another_machine() -> None:
    now = {**synthetic.environment(), "memory_bytes": (8 << 30) - (16 << 20)}
    assert differences(synthetic.environment(), now) == []
    assert differences(synthetic.environment(), {**now, "memory_bytes": 4 << 30})[0][0] == "memory_bytes"


def test_a_resume_elsewhere_is_refused_with_the_difference() -> None:
    now = {**synthetic.environment(), "privilege": "user namespace", "machine": "aarch64"}
    with pytest.raises(RunError) as caught:
        refuse_difference(environment_of(synthetic.environment()), environment_of(now), "barewire-runs/x")
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert "machine was x86_64, is aarch64; privilege was root, is user namespace" in message
    assert "start a new study" in message


def test_a_long_list_of_differences_is_cut_and_counted() -> None:
    was = {"versions": {f"tool{i}": "1" for i in range(20)}}
    with pytest.raises(RunError, match="and 12 more"):
        refuse_difference(environment_of(was), {"versions": {}}, "run")


def test_a_setting_differs_only_where_both_versions_recorded_it() -> None:
    def with_buffers(size: str) -> dict[str, Any]:
        found = synthetic.environment()
        return {**found, "sysctls": {**found["sysctls"], "net.core.rmem_default": size}}

    assert differences(synthetic.environment(), with_buffers("212992")) == []
    assert differences(with_buffers("212992"), with_buffers("4096")) == [
        ("sysctls.net.core.rmem_default", "212992", "4096")
    ]
