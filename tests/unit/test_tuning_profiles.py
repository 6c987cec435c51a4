"""Profiles: found by name or file, refused with the key that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from barewire import tuning
from barewire.errors import UsageError
from barewire.kernel.tuning import fake, kinds
from barewire.kernel.tuning.setting import Tree
from barewire.model.commands import commands, mask
from barewire.model.settings import Steering


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    return str(file)


def test_the_three_profiles_are_there_and_none_wants_nothing() -> None:
    assert list(tuning.profiles())[:3] == ["none", "study-2016", "latency"]
    assert tuning.find("none").settings(Tree()) == []
    assert not tuning.find("none").tuning(Tree())


@pytest.mark.parametrize(("typed", "meant"), [("study2016", "study-2016"), ("latencies", "latency"), ("nome", "none")])
def test_an_unknown_profile_is_refused_with_the_nearest_name(typed: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean {meant}"):
        tuning.find(typed)


def test_words_for_cpus_are_resolved_on_the_machine(tmp_path: Path) -> None:
    tree = fake.make(tmp_path)
    labs = tuning.find("study-2016").tuning(tree)
    assert (labs.rps, labs.xps, labs.rfs, labs.notrack) == ((1, 3), (0, 1, 2, 3), 65_536, True)
    assert ("net.ipv4.tcp_fin_timeout", "10") in labs.sysctls


def test_a_profile_of_ones_own_is_a_file(tmp_path: Path) -> None:
    profile = tuning.find(written(tmp_path, 'summary = "x"\n[machine.sysctls]\n"net.core.busy_poll" = 7\n'))
    assert profile.name == "mine"
    assert [(s.path, s.wanted) for s in profile.settings(Tree(tmp_path))] == [("/proc/sys/net/core/busy_poll", "7")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("machine = 3", "machine"),
        ("[machine]\ngovernr = 'x'", "Did you mean governor"),
        ("[machine]\ngovernor = 3", "governor takes the name"),
        ("[machine]\nirq = 'here'", "irq takes"),
        ("[machine]\nhugepages = 'some'", "hugepages takes"),
        ("[machine]\nboost = 'on'", "boost takes true or false"),
        ("[machine]\nmigration_cost_ns = -1", "nanoseconds"),
        ("[machine]\nsysctls = {'../../etc/passwd' = 1}", "sysctls takes"),
        ("[machine]\nsysctls = {'fs.file-max' = '>=many'}", "sysctls takes"),
        ("[lab]\nrps = 'some'", "rps and xps take"),
        ("[lab]\nrfs = -1", "lab.rfs"),
        ("[lab]\ncolour = 1", "lab.colour"),
        ("required = ['turbo']", "turbo is not a setting"),
        ("= 3", "not TOML"),
        ("name = 'a b'", "name of a tuning"),
        ("name = 'none'", "barewire's"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong_and_where(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        tuning.find(file)
    assert said in str(caught.value)
    assert file in str(caught.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"absent\.toml cannot be read"):
        tuning.find("./absent.toml")


def test_every_kind_of_setting_is_found_by_its_file() -> None:
    assert set(kinds()) == {"boost", "governor", "hugepages", "irq", "migration_cost_ns", "sysctls"}


@pytest.mark.parametrize(
    ("cpus", "hexadecimal"),
    [((), ""), ((0,), "1"), ((0, 1, 3), "b"), ((31,), "80000000"), ((32,), "00000001,00000000")],
)
def test_cpus_become_the_kernels_mask(cpus: tuple[int, ...], hexadecimal: str) -> None:
    assert mask(cpus) == hexadecimal


def test_steering_is_printed_as_a_person_would_type_it() -> None:
    lines = commands(Steering("eth0", rps=(1,), rfs=4096))
    assert lines == (
        "sh -c 'for f in /sys/class/net/eth0/queues/rx-*/rps_cpus; do echo 2 > $f; done'",
        "sh -c 'for f in /sys/class/net/eth0/queues/rx-*/rps_flow_cnt; do echo 4096 > $f; done'",
    )
