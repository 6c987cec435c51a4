"""A run is resumed only on the machine that it was begun on; anything else is refused with the difference."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from barewire.errors import RunError
from barewire.results.environment import differences
from barewire.study.execution.environment_diff import refuse_difference
from tests.support import synthetic


def test_the_same_machine_differs_in_nothing() -> None:
    assert differences(synthetic.environment(), copy.deepcopy(synthetic.environment())) == []
    refuse_difference(synthetic.environment(), synthetic.environment(), "run")


def test_every_difference_is_told_with_what_it_was_and_is() -> None:
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


def test_a_run_that_says_no_place_was_local() -> None:
    here = {**synthetic.environment(), "testbed": "local"}
    assert differences(synthetic.environment(), here) == []
    assert differences(synthetic.environment(), {**here, "testbed": "vm"}) == [("testbed", "local", "vm")]


def test_what_runs_a_counting_vm_does_not_matter_and_what_runs_another_does() -> None:
    def vm(clock: str, host: str) -> dict[str, Any]:
        told = {"testbed": "vm", "vm": {"qemu": "7.2.22", "clock": clock}, "host": {"cpu": {"model": host}}}
        return {**synthetic.environment(), **told}

    assert differences(vm("counted", "this CPU"), vm("counted", "that CPU")) == []
    assert differences(vm("wall", "this CPU"), vm("wall", "that CPU")) == [("host.cpu.model", "this CPU", "that CPU")]
    assert ("vm.clock", "counted", "wall") in differences(vm("counted", ""), vm("wall", ""))


def test_a_few_pages_of_memory_are_not_another_machine() -> None:
    now = {**synthetic.environment(), "memory_bytes": (8 << 30) - (16 << 20)}
    assert differences(synthetic.environment(), now) == []
    assert differences(synthetic.environment(), {**now, "memory_bytes": 4 << 30})[0][0] == "memory_bytes"


def test_a_resume_elsewhere_is_refused_in_one_sentence_with_the_difference() -> None:
    now = {**synthetic.environment(), "privilege": "user namespace", "machine": "aarch64"}
    with pytest.raises(RunError) as caught:
        refuse_difference(synthetic.environment(), now, "barewire-runs/x")
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert "machine was x86_64, is aarch64; privilege was root, is user namespace" in message
    assert "start a new study" in message


def test_a_long_list_of_differences_is_cut_and_counted() -> None:
    was = {"versions": {f"tool{i}": "1" for i in range(20)}}
    with pytest.raises(RunError, match="and 12 more"):
        refuse_difference(was, {"versions": {}}, "run")
