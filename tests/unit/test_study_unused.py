"""What a study says first about settings that will have no effect."""

from __future__ import annotations

from barewire.study.design import unused
from barewire.study.design.plan_file import load_plan


def notes(**options: object) -> list[str]:
    return unused.sentences(load_plan(None, {"seed": 1, **options}), options)


def test_an_option_without_its_workload_is_named() -> None:
    (said,) = notes(networks="ptp", workloads="tcp-rr", streams=3)
    assert said.startswith("--streams has no effect: this study has none of the workloads tcp-stream")


def test_notrack_is_named_for_networks_whose_rules_need_tracking() -> None:
    (said,) = notes(networks="ptp,flannel/vxlan,docker", tune="study-2016")
    assert "study-2016 leaves notrack out for flannel/vxlan, docker, whose rules track connections" in said
    assert notes(networks="ptp,flannel/vxlan:bare", tune="study-2016") == []
    assert notes(networks="ptp,docker", tune="latency") == []
