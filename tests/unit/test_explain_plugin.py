"""The plugin's parts without QEMU: what an instruction does, and under which calls it is counted, under the sanitizers."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from barewire.explain import counts
from tests.support.generator import ADDRESS, STRICT, compiled

SOURCES = Path(__file__).parents[2] / "csrc" / "plugin"
KERNEL = 0xFFFFFFFF81000000
NEXT, REPEAT, BRANCH, JUMP, JUMP_INDIRECT, CALL, CALL_INDIRECT, RETURN, INTERRUPT_RETURN, SYSTEM_CALL = range(10)
NOP, RET, IRET, SYSCALL, HALT = "90", "c3", "48cf", "0f05", "f4"


@cache
def probe() -> Path:
    parts = [SOURCES / name for name in ("calls.c", "counts.c", "instruction.c", "tests/probe.c")]
    return compiled("plugin-probe", parts, ADDRESS)


def ask(*lines: str) -> str:
    """What the parts answer; every question goes to a process of its own, since they keep the state of a machine."""
    done = subprocess.run(
        [probe()], input="\n".join([*lines, ""]), capture_output=True, text=True, check=False,
        env={"ASAN_OPTIONS": "detect_leaks=0"},  # a plugin keeps what it has until QEMU ends
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def stacks(*lines: str) -> dict[tuple[int, ...], int]:
    """Instructions by stack, addresses from the kernel's first on; what is counted lies between marks."""
    counted = counts.parse(ask("arm", "begin", *lines, "end", "disarm", "print"))
    found: dict[tuple[int, ...], int] = {}
    for stack, instructions in counted.stacks():
        key = tuple(address - KERNEL if address else -1 for address in stack)
        found[key] = found.get(key, 0) + instructions
    return found


def block(name: str, offset: int, *instructions: str) -> str:
    return f"block {name} {KERNEL + offset:x} {' '.join(instructions)}"


def call(here: int, there: int) -> str:
    """`call` at `here` to `there`."""
    return "e8" + (there - here - 5).to_bytes(4, "little", signed=True).hex()


@pytest.mark.parametrize(
    ("code", "flow", "distance"),
    [
        ("90", NEXT, None), ("4889d8", NEXT, None), ("f30f1efa", NEXT, None), ("f390", NEXT, None), ("0f1f4000", NEXT, None),
        ("e805000000", CALL, 10), ("e8fbffffff", CALL, 0), ("66e805000000", CALL, 11), ("ffd0", CALL_INDIRECT, None),
        ("41ffd3", CALL_INDIRECT, None), ("ff1500000000", CALL_INDIRECT, None), ("2effd0", CALL_INDIRECT, None),
        ("ffe0", JUMP_INDIRECT, None), ("ff2500000000", JUMP_INDIRECT, None), ("ff30", NEXT, None), ("ffc0", NEXT, None),
        ("e900010000", JUMP, 0x105), ("ebfe", JUMP, 0), ("7402", BRANCH, 4), ("0f8400000000", BRANCH, 6), ("e3fe", BRANCH, 0),
        ("c3", RETURN, None), ("f3c3", RETURN, None), ("c20800", RETURN, None), ("48cf", INTERRUPT_RETURN, None),
        ("480f07", INTERRUPT_RETURN, None), ("0f05", SYSTEM_CALL, None), ("f348a5", REPEAT, None), ("f3aa", REPEAT, None),
        ("48a5", NEXT, None), ("66", NEXT, None), ("0f", NEXT, None), ("e8", NEXT, None), ("ff", NEXT, None),
    ],
)  # fmt: skip
def test_an_instruction_goes_where_it_goes(code: str, flow: int, distance: int | None) -> None:
    found, target, *marks = ask(f"decode {KERNEL:x} {code}").split()
    assert int(found) == flow
    assert int(target, 16) == (0 if distance is None else KERNEL + distance)
    assert marks == ["0", "0", "0"]


def test_task_switches_and_marks_are_known_by_their_bytes() -> None:
    assert ask(f"decode {KERNEL:x} 488ba618150000").split()[2:] == ["1", "0", "0"]
    assert ask("decode 400000 4887db").split()[2:] == ["0", "1", "0"]
    assert ask("decode 400000 4887c9").split()[2:] == ["0", "0", "1"]
    assert ask(f"decode {KERNEL:x} 488ba718150000").split()[2:] == ["0", "0", "0"], "the store beside it"


CALLER = block("caller", 0, NOP, call(1, 0x100))
AFTER = block("after", 6, NOP, NOP, NOP)
CALLEE = block("callee", 0x100, NOP, RET)


def test_callees_are_under_their_call_and_what_follows_is_not() -> None:
    assert stacks(CALLER, AFTER, CALLEE, "run caller callee after") == {(0,): 2, (5, 0x100): 2, (6,): 3}


def test_nothing_is_counted_outside_of_the_two_marks() -> None:
    printed = ask(CALLER, AFTER, CALLEE, "run caller", "begin", "run callee", "arm", "run after", "begin", "run after", "end",
               "run after", "begin", "run after", "disarm", "print")  # fmt: skip
    assert counts.parse(printed).total == 3


def test_an_interrupt_between_call_and_callee_has_its_own_stack() -> None:
    entry, handler = block("entry", 0x800, NOP, call(0x801, 0x900)), block("handler", 0x900, NOP, RET)
    leave = block("leave", 0x806, IRET)
    found = stacks(CALLER, AFTER, CALLEE, entry, handler, leave, "run caller entry handler leave callee after")
    assert found == {(0,): 2, (0x800,): 2, (0x805, 0x900): 2, (0x806,): 1, (5, 0x100): 2, (6,): 3}


def test_a_fault_in_the_middle_of_a_block_counts_what_ran_once() -> None:
    body = block("body", 0, NOP, NOP, NOP, NOP)
    rest = block("rest", 2, NOP, NOP)
    entry = block("entry", 0x800, NOP, IRET)
    found = stacks(body, rest, entry, "run body entry rest")
    assert found == {(0,): 2, (2,): 2, (0x800,): 2}


def test_an_instruction_shared_by_two_blocks_is_counted_once() -> None:
    """QEMU names an instruction that crosses a page in both of two blocks and runs it in the second."""
    assert stacks(block("first", 0, NOP, NOP, NOP), block("second", 2, NOP, NOP), "run first second") == {
        (0,): 2,
        (2,): 2,
    }


def test_a_loop_into_the_middle_of_its_first_block_is_no_fault() -> None:
    loop = block("loop", 0, NOP, NOP, "75fd")
    again = block("again", 1, NOP, "75fd")
    assert stacks(loop, again, "run loop again again") == {(0,): 3, (1,): 4}


def test_a_string_instruction_runs_round_after_round() -> None:
    copy, round_ = block("copy", 0, NOP, "f348a5"), block("round", 1, "f348a5")
    after = block("after", 4, NOP)
    assert stacks(copy, round_, after, "run copy round round after") == {(0,): 2, (1,): 2, (4,): 1}


def test_every_task_goes_on_under_its_own_calls() -> None:
    """Both tasks are switched away from at the same place, so only the task shows whose calls they were."""
    switch = block("switch", 0x300, NOP, RET)
    lines = [block("a", 0, call(0, 0x200)), block("b", 0x40, call(0x40, 0x200)), block("sched", 0x200, call(0x200, 0x300)),
             switch, block("back", 0x205, RET), block("a2", 5, NOP), block("b2", 0x45, NOP)]  # fmt: skip
    found = stacks(
        *lines, "switch a1", "run a sched switch", "switch b1", "run b sched switch", "switch a1", "run back a2 b sched switch",
        "switch b1", "run back b2",
    )  # fmt: skip
    assert found[4, 0x205] == 1 and found[0x44, 0x205] == 1
    assert found[5,] == 1 and found[0x45,] == 1


def test_user_space_is_one_and_a_system_call_begins_anew() -> None:
    user = ["block user 401000 90 0f05", "block more 401003 90 90"]
    entry, leave = block("entry", 0x700, NOP, call(0x701, 0x100)), block("leave", 0x706, "480f07")
    found = stacks(*user, entry, leave, CALLEE, "run user entry callee leave more")
    assert found == {(-1,): 4, (0x700,): 2, (0x705, 0x100): 2, (0x706,): 1}


def test_calls_that_are_too_deep_are_counted_and_reported() -> None:
    recursion = block("again", 0, call(0, 0))
    counted = counts.parse(ask(recursion, "arm", "begin", "run again", *["run again"] * 400, "end", "disarm", "print"))
    assert counted.total == 401
    assert counted.doubts["deep"] > 0


@pytest.mark.parametrize("interface", ["1", "3"])
def test_the_plugin_compiles_without_a_warning(interface: str, tmp_path: Path) -> None:
    """For each of the interfaces of QEMU that it is built for."""
    compiler = shutil.which("cc")
    assert compiler
    strict = [*STRICT, "-fPIC", "-shared", "-fvisibility=hidden", f"-DBAREWIRE_PLUGIN_API={interface}"]
    module = tmp_path / "plugin.so"
    done = subprocess.run(
        [compiler, *strict, *sorted(SOURCES.glob("*.c")), "-o", module, "-lpthread"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
