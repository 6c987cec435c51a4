"""Which CPUs share a core, which one devices interrupt, how deep idle ones sleep; and pinning that looks at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from barewire.errors import PlanError
from barewire.kernel import processors
from barewire.kernel.processors import IdleState, Processors
from barewire.kernel.tuning import fake
from barewire.kernel.tuning.setting import Tree
from barewire.lab import pinning, usage
from barewire.records import IdleStateRecord

HALVES = {0: (0, 4), 1: (1, 5), 2: (2, 6), 3: (3, 7), 4: (0, 4), 5: (1, 5), 6: (2, 6), 7: (3, 7)}
NEIGHBOURS = {cpu: (cpu & ~1, cpu | 1) for cpu in range(8)}


def chosen(
    known: Processors, allowed: range | tuple[int, ...], server: tuple[int, ...] | str = "auto"
) -> tuple[int, ...]:
    found = pinning.choose(server, "auto", "auto", allowed, known)
    return (*found.server, *found.client)


def test_a_tree_is_read_as_the_kernel_wrote_it(tmp_path: Path) -> None:
    found = processors.read(fake.make(tmp_path))
    assert found.siblings == {0: (0, 2), 1: (1, 3), 2: (0, 2), 3: (1, 3)}
    assert found.interrupts == {0: 900_000, 1: 2010, 2: 3000, 3: 0}
    assert found.idle[3] == (IdleState("POLL", 0, False), IdleState("C1", 2, False), IdleState("C6", 133, True))
    assert found.idle_limits == {"/sys/module/intel_idle/parameters/max_cstate": "9"}
    assert found.most_interrupted == 0
    assert found.same_core(3) == {1, 3}


def test_an_empty_tree_says_nothing(tmp_path: Path) -> None:
    assert processors.read(Tree(tmp_path)) == Processors()
    assert Processors().most_interrupted is None


def test_this_machine_is_read() -> None:
    found = processors.read()
    assert set(found.interrupts) == set(Tree().online())
    assert all(cpu in found.same_core(cpu) for cpu in found.siblings)


def test_only_cpus_that_are_on_have_columns_of_interrupts(tmp_path: Path) -> None:
    text = "           CPU0       CPU7\n 9:   1   20   IO-APIC 9-fasteoi acpi\n10: 2 30\nLOC: 7 7 Local timer\nERR: 0\n"
    tree = fake.make(tmp_path)
    tree.path_of("/proc/interrupts").write_text(text)
    assert processors.interrupts(tree) == {0: 3, 7: 50}


def test_pinning_separates_cores_and_avoids_the_interrupted_cpu(tmp_path: Path) -> None:
    found = processors.read(fake.make(tmp_path))
    assert chosen(found, range(4)) == (1, 2)


@pytest.mark.parametrize(
    ("siblings", "interrupts", "allowed", "expected"),
    [
        ({}, {}, range(8), (0, 1)),
        (HALVES, {}, range(8), (0, 1)),
        (NEIGHBOURS, {}, range(8), (0, 2)),
        (NEIGHBOURS, {0: 10_000, 1: 5, 2: 5}, range(8), (1, 2)),
        (NEIGHBOURS, {0: 5, 1: 5, 2: 10_000}, range(8), (0, 3)),
        (HALVES, {1: 10_000}, range(8), (0, 1)),
        (HALVES, {0: 0, 1: 10_000, 2: 0}, range(8), (0, 2)),
        # Two CPUs: there is nothing to choose, and no order is better than the other.
        (NEIGHBOURS, {0: 10_000, 1: 5}, range(2), (0, 1)),
        ({}, {0: 10_000, 1: 5}, range(2), (0, 1)),
        # A shared core is worse than interrupts.
        (NEIGHBOURS, {0: 10_000, 2: 5}, (0, 2, 3), (0, 2)),
        ({}, {0: 10_000}, (0,), (0, 0)),
        # Nearly alike is no difference, or two runs of one machine would use other CPUs.
        ({}, {0: 1100, 1: 1000, 2: 1000}, range(3), (0, 1)),
    ],
)
def test_pinning_prefers_other_cpus_then_cores_then_interrupts(
    siblings: dict[int, tuple[int, ...]],
    interrupts: dict[int, int],
    allowed: range | tuple[int, ...],
    expected: tuple[int, ...],
) -> None:
    assert chosen(Processors(siblings, interrupts), allowed) == expected


def test_a_given_side_is_kept_and_the_other_goes_round_its_core() -> None:
    known = Processors(NEIGHBOURS, {0: 10_000, 1: 0, 2: 0})
    assert chosen(known, range(8), (2,)) == (2, 1)
    assert chosen(known, range(8), (1, 2)) == (1, 2, 4)
    assert pinning.choose((0,), (0,), "auto", range(8), known).timing == "sleep"
    with pytest.raises(PlanError, match=r"--server-cpus\) include CPU 9"):
        chosen(known, range(8), (9,))


def test_a_record_has_the_chosen_cpus_and_interrupts_of_all(tmp_path: Path) -> None:
    found = processors.read(fake.make(tmp_path))
    record = usage.placement(found, (1, 2), {0: 5, 1: 7}, {0: 9, 1: 7, 2: 1})
    assert record.siblings == {"1": (1, 3), "2": (0, 2)}
    assert record.interrupts == {"0": 4, "1": 0, "2": 1}
    assert record.idle_states["2"][2] == IdleStateRecord("C6", 133, disabled=True)
    assert record.idle_limits == {"/sys/module/intel_idle/parameters/max_cstate": "9"}
