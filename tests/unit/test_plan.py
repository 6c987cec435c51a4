"""A plan says what is wrong, where, and what to write; and it repeats exactly from its record."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire import statistics
from barewire.cli import typed
from barewire.errors import PlanError
from barewire.kernels import available
from barewire.networks import catalogue
from barewire.study.design import budget, options
from barewire.study.design.plan import StudyPlan, WirePlan
from barewire.study.design.plan_file import key_line, load_plan, plan_of

DOCS = Path(__file__).parents[2] / "docs" / "plan.md"


@pytest.fixture
def refused(tmp_path: Path):  # type: ignore[no-untyped-def]
    """The message for a plan file."""

    def message(text: str | bytes, **options: object) -> str:
        file = tmp_path / "plan.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(PlanError) as caught:
            load_plan(file, options)
        assert caught.value.exit_code == 2
        return str(caught.value).replace(f"{tmp_path}/", "")

    return message


def test_the_default_study_has_every_preset_and_the_host_first() -> None:
    plan = load_plan()
    assert plan.networks[0] == "host"
    assert {"docker", "flannel/vxlan", "macvlan", "ptp"} <= set(plan.networks)
    assert (plan.blocks, plan.loads, plan.sizes, plan.budget) == (6, ("30%", "50%", "90%"), (100, 4096), 15)
    assert plan.seconds is None


def test_a_seed_that_is_not_given_is_drawn_and_in_the_plan() -> None:
    assert len({load_plan().seed for _ in range(5)}) == 5
    assert load_plan(None, {"seed": 7}).seed == 7


def test_options_win_over_quick_and_quick_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('blocks = 9\nsizes = [4096]\nnetworks = ["ptp"]\n')
    assert load_plan(file).blocks == 9
    quick = load_plan(file, {"quick": True, "blocks": None})
    assert (quick.blocks, quick.sizes, quick.networks, quick.budget) == (3, (100,), ("host", "ptp"), 2)
    assert load_plan(file, {"quick": True, "blocks": 4}).blocks == 4


def test_options_may_be_written_as_on_a_command_line() -> None:
    plan = load_plan(
        None,
        {
            "networks": "flannel/vxlan,ptp+routes",
            "loads": "30%, 50.0%",
            "sizes": "100,4096",
            "wire": "rate=10gbit,delay=50us,mtu=9000,offloads=off",
            "server_cpus": "0,2-3",
        },
    )
    assert plan.networks == ("host", "flannel/vxlan", "ptp+routes")
    assert plan.candidates == ("flannel/vxlan", "ptp+routes")
    assert plan.loads == ("30%", "50%")
    assert plan.sizes == (100, 4096)
    assert plan.server_cpus == (0, 2, 3)
    wire = plan.wire.wire()
    assert (wire.rate, wire.delay, wire.mtu, wire.offloads) == (10**10, 50_000, 9000, False)


def test_a_plan_comes_back_the_same_from_its_record() -> None:
    plan = load_plan(None, {"wire": "delay=1ms", "seconds": 0.5, "client_cpus": "1", "networks": "ptp"})
    assert plan_of(plan.record(), "run.json") == plan


def test_a_record_that_is_no_plan_is_refused_with_its_place() -> None:
    with pytest.raises(PlanError, match=r"blocks cannot be 0 \(in run.json\)"):
        plan_of({**load_plan().record(), "blocks": 0}, "run.json")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "seed = 1\nblocks = 0\n",
            ["blocks cannot be 0 (in plan.toml, line 2)", "greater than or equal to 1", "1 to 1000"],
        ),
        ("seed = 1\nblocks =\n", ["the plan is not TOML (in plan.toml, line 2, column 9)", "Invalid value"]),
        ("loads = [", ["the plan is not TOML (in plan.toml, line 1)"]),
        ("seconds = 0\n", ["seconds cannot be 0 (in plan.toml, line 1)", "greater than 0"]),
        ("seconds = -1.5\n", ["seconds cannot be -1.5"]),
        ("seconds = nan\n", ["seconds cannot be nan", "finite"]),
        ("seconds = inf\n", ["seconds cannot be inf"]),
        ('loads = [\n  "30%",\n  "0%",\n]\n', ["loads[1] cannot be '0%' (in plan.toml, line 1)", "0.01 % to 150 %"]),
        ('loads = ["151%"]\n', ["loads[0] cannot be '151%'", "0.01 % to 150 %"]),
        ('loads = ["-5%"]\n', ["loads[0] cannot be '-5%'", "is not a share"]),
        ("loads = [0.3]\n", ["loads[0] cannot be 0.3", 'like ["30%", "50%"]']),
        ("loads = []\n", ["loads cannot be ()", "0.01 % to 150 %"]),
        ('loads = ["50%", "50.0%"]\n', ["'50%' is listed twice"]),
        ("\n\nsizes = [100, 0]\n", ["sizes[1] cannot be 0 (in plan.toml, line 3)", "1 to 1048576"]),
        ("sizes = [1048577]\n", ["sizes[0] cannot be 1048577"]),
        ("sizes = [100, 100]\n", ["100 is listed twice"]),
        ("family = 5\n", ["family cannot be 5", "4 or 6"]),
        ("nodes = 1\n", ["nodes cannot be 1", "2 to 250"]),
        ("nodes = true\n", ["nodes cannot be True"]),
        ('blocks = "six"\n', ["blocks cannot be 'six'", "whole number"]),
        ("blcks = 6\n", ["blcks is not a key of a plan (in plan.toml, line 1)", "The nearest key is blocks"]),
        ("xyzzy = 6\n", ["xyzzy is not a key of a plan", "There are: networks, blocks"]),
        (
            'seed = 1\n[wire]\nrat = "1gbit"\n',
            ["wire.rat is not a key of a plan (in plan.toml, line 3)", "The nearest key is rate"],
        ),
        ('[wire]\nrate = "fast"\n', ["wire.rate cannot be 'fast' (in plan.toml, line 2)", "10gbit"]),
        ("[wire]\nmtu = 600\n", ["wire.mtu cannot be 600 (in plan.toml, line 2)", "1280 to 65535"]),
        ('wire = "rate"\n', ["wire cannot be 'rate'", "has no value"]),
        ('wire.delay = "20.5us"\n', ["tc takes whole microseconds"]),
        ('wire.delay = "5 parsecs"\n', ["wire.delay cannot be '5 parsecs' (in plan.toml, line 1)"]),
        ('arrivals = "often"\n', ["arrivals cannot be 'often'", '"even" or "poisson"']),
        ('server_cpus = "3-1"\n', ["server_cpus cannot be '3-1'", "'3-1' is not a CPU"]),
        ("client_cpus = [0, -1]\n", ["client_cpus"]),
        ("threads = 8\nconnections = 4\n", ["threads does not fit (in plan.toml, line 1)", "8 threads cannot share 4"]),
        ("port = 60000\npods = 9\n", ["port does not fit (in plan.toml, line 1)", "9 pods need 1000 ports each"]),
        ('networks = ["ptp", "ptp"]\n', ["two networks have the name ptp"]),
        ("networks = []\n", ["networks cannot be ()"]),
        ('seed = 1\nnetworks = ["flanel/vxlan"]\n', ["networks[0]", "(in plan.toml, line 2)", "flannel/vxlan"]),
        ('clock = "atomic"\n', ["clock cannot be 'atomic' (in plan.toml, line 1)", '"wall", or "counted"']),
        ('kernel = ""\n', ["kernel cannot be ()", 'a version like "6.12"']),
        ('kernel = ["6.1", "6.1"]\n', ["'6.1' is listed twice"]),
        ('kernel = ["host", "6.1"]\n', ["kernel does not fit (in plan.toml, line 1)", "host is this machine itself"]),
        (
            'tune = "none,latency"\nkernel = "6.1,6.12"\n',
            ["kernel does not fit (in plan.toml, line 2)", "several kernels and several tunings cannot be compared"],
        ),
        ('kernel = "6.12"\ntune = "study-2016"\n', ["study-2016 sets", "(in plan.toml, line 2)", "[lab] alone"]),
        ('clock = "counted"\ntune = "study-2016"\n', ["study-2016 sets", "leave out --kernel and --clock"]),
        (b"seed = 1\n# \xff\n", ["not UTF-8 text", "plan.toml, line 2"]),
        ("# " + "x" * 70_000, ["larger than 64 KiB"]),
        ("blocks = 0\nnodes = 0\n", ["blocks cannot be 0", "1 more to correct"]),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_write(refused, text: str, parts: list[str]) -> None:  # type: ignore[no-untyped-def]
    message = refused(text)
    for part in parts:
        assert part in message, message
    assert "\n" not in message
    assert "pydantic" not in message.lower()


def test_a_wrong_option_is_named_as_the_option(refused) -> None:  # type: ignore[no-untyped-def]
    assert "--blocks cannot be 0" in refused("blocks = 3\n", blocks=0)
    assert "--server-cpus cannot be 'x'" in refused("", server_cpus="x")


def test_two_networks_of_one_name_are_refused_with_the_remedy(refused) -> None:  # type: ignore[no-untyped-def]
    message = refused('seed = 1\nnetworks = ["host", "ptp", "ptp"]\n')
    assert "(in plan.toml, line 2)" in message
    assert "two networks have the name ptp; leave one out, or write one as its parts" in message
    plan = load_plan(None, {"networks": "host,host+direct"})
    assert plan.candidates == ("host+direct",)


def test_a_plan_file_that_is_not_there_is_said_so() -> None:
    with pytest.raises(PlanError, match=r"nowhere.toml cannot be read: No such file"):
        load_plan(Path("nowhere.toml"))


TOML = '''# a study
networks = [
  "ptp",  # routed
  "flannel/vxlan",
]
blocks = 6

[wire]
# slow
rate = """1gbit"""
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("networks",), 2),
        (("networks", 1), 2),
        (("blocks",), 6),
        (("wire",), 8),
        (("wire", "rate"), 10),
        (("seed",), None),
        (("wire", "mtu"), None),
    ],
)
def test_the_line_of_a_key_is_where_its_value_begins(key: tuple[str | int, ...], line: int | None) -> None:
    assert key_line(TOML, key) == line


KEYS = st.lists(st.sampled_from(["blocks", "nodes", "pods", "seed"]), unique=True, min_size=1)
FILLER = st.lists(st.sampled_from(["", "# blocks = 9", "   ", "# seed"]), max_size=4)


def test_a_study_in_a_vm_takes_the_time_of_an_emulated_cpu() -> None:
    here, there = (
        load_plan(None, {"networks": "ptp", "seconds": 0.2, "kernel": kernel}) for kernel in ("host", "6.12")
    )
    assert budget.duration(there, there.networks) > 3 * budget.duration(here, here.networks)
    counted = load_plan(None, {"clock": "counted"})
    longer = counted.model_copy(update={"blocks": 16})
    assert 1.8 < budget.duration(longer, counted.networks) / budget.duration(counted, counted.networks) < 2
    bulk, rr = (load_plan(None, {"clock": "counted", "workloads": kinds}) for kinds in ("tcp-stream", "tcp-rr"))
    assert budget.duration(bulk, bulk.networks) > budget.duration(rr, rr.networks), "a load of bulk lasts longer"


@given(keys=KEYS, filler=st.data())
def test_every_key_is_found_on_its_line_among_comments(keys: list[str], filler: st.DataObject) -> None:
    lines: list[str] = []
    expected = {}
    for key in keys:
        lines += filler.draw(FILLER)
        lines.append(f"{key} = 5")
        expected[key] = len(lines)
    for key, line in expected.items():
        assert key_line("\n".join(lines), (key,)) == line


def test_a_counted_study_of_all_networks_takes_what_it_took() -> None:
    """34 networks in 8 layouts are 280 trials: 16 minutes, 18 on a busy machine."""
    plan = load_plan(None, {"clock": "counted", "networks": "all"})
    names = [f"network {number}" for number in range(33)]
    of_then = plan.model_copy(update={"networks": ("host", *names)})
    assert 15 < budget.duration(of_then, ["host", *names]) / 60 < 20


def test_a_counted_plan_has_own_defaults_that_a_file_overrides(tmp_path: Path) -> None:
    plan = load_plan(None, {"clock": "counted"})
    assert (plan.blocks, plan.seconds, plan.connections, plan.warmup) == (8, 0.03, 1, 0.005)
    assert "http" not in plan.workloads
    file = tmp_path / "plan.toml"
    file.write_text('clock = "counted"\nblocks = 20\n')
    assert (load_plan(file).blocks, load_plan(file).seconds) == (20, 0.03)
    assert load_plan(file, {"quick": True}).blocks == 3
    assert load_plan(file, {"clock": "wall"}).seconds is None
    assert load_plan(None, {"clock": "counted", "seconds": 0.1}).seconds == 0.1


def test_counted_labs_and_those_of_other_kernels_are_in_a_vm() -> None:
    assert not load_plan(None, {}).in_vm
    assert load_plan(None, {"clock": "counted"}).in_vm
    assert load_plan(None, {"kernel": "6.12"}).in_vm
    whole = f"{Path('bzImage').absolute()}:{Path('modules').absolute()}"  # so that it can be resumed from elsewhere
    assert load_plan(None, {"kernel": "6.1,./bzImage:./modules"}).kernel == ("6.1", whole)


def test_a_tuning_of_labs_alone_may_go_into_a_vm(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[lab]\nnotrack = true\n")
    assert load_plan(None, {"kernel": "6.12", "tune": str(file)}).tune == (str(file),)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*StudyPlan.model_fields, "wires", ""]), VALUES, max_size=4))
def test_any_values_make_a_plan_or_one_clear_error(data: dict[str, object]) -> None:
    base = {"networks": ["ptp"], "seed": 1}
    try:
        plan = load_plan(None, {**base, **data})
    except PlanError as error:
        assert str(error)
    else:
        assert plan_of(plan.record(), "run.json") == plan


@given(st.text(max_size=200))
def test_any_text_is_a_plan_or_one_clear_error(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.toml"
        file.write_text(text, encoding="utf-8", errors="replace")
        try:
            load_plan(file)
        except PlanError as error:
            assert "plan.toml" in str(error)


def test_the_fitted_study_takes_its_budget_and_no_more() -> None:
    plan = load_plan(None, {"networks": "docker,flannel/host-gw,flannel/vxlan,macvlan,ptp"})
    fitted = budget.fit(plan, plan.networks)
    assert fitted.seconds is not None
    assert 0.85 * 900 <= budget.duration(fitted, plan.networks) <= 900
    assert budget.duration(plan, plan.networks) == budget.duration(fitted, plan.networks)


def test_fewer_networks_leave_more_time_for_each_load() -> None:
    plan = load_plan(None, {"networks": "docker,flannel/vxlan,ptp"})
    few, all_of_them = budget.fit(plan, ["host", "ptp"]).seconds, budget.fit(plan, plan.networks).seconds
    assert few and all_of_them and few > all_of_them


@pytest.mark.parametrize("options", [{"kernel": "/boot/vmlinuz-6.12"}, {"clock": "counted"}])
def test_a_boot_of_each_group_of_blocks_is_counted(options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "settled", str)
    once = load_plan(None, {"networks": "ptp", "seconds": 0.03, **options})
    thrice = once.model_copy(update={"restarts": 3})
    more = budget.duration(thrice, thrice.networks) - budget.duration(once, once.networks)
    assert more == pytest.approx(2 * budget.VM_BOOT_S)
    # On this machine nothing is booted.
    here = load_plan(None, {"networks": "ptp", "seconds": 0.3, "restarts": 3})
    assert budget.duration(here, here.networks) == budget.duration(
        here.model_copy(update={"restarts": 1}), here.networks
    )


def test_given_seconds_are_kept_whatever_they_take() -> None:
    plan = load_plan(None, {"networks": "ptp", "seconds": 60.0})
    assert budget.fit(plan, plan.networks) == plan
    assert budget.duration(plan, plan.networks) > 3600


def test_a_budget_too_small_is_exceeded_with_a_remark() -> None:
    plan = load_plan(None, {"networks": "ptp", "budget": 0.1})
    fitted = budget.fit(plan, plan.networks)
    assert fitted.seconds == budget.SHORTEST_S
    assert budget.duration(fitted, plan.networks) > 6


@pytest.mark.parametrize("options, shortest_s", [({}, 0.3), ({"quick": True}, 0.3)])
def test_every_preset_fits_the_default_budgets(options: dict[str, object], shortest_s: float) -> None:
    plan = load_plan(None, options)
    fitted = budget.fit(plan, plan.networks)
    assert budget.duration(fitted, plan.networks) <= plan.budget * 60
    assert fitted.seconds is not None and fitted.seconds >= shortest_s


def test_every_key_of_a_plan_is_an_option_with_its_default() -> None:
    assert set(StudyPlan.model_fields) == set(options.BY_KEY)
    assert options.BY_KEY["margin"].default == f"{statistics.MARGIN * 100:g}%"
    # An option of which the help shows the default is read back as that default.
    plan = load_plan(None, {"seed": 1})
    for option in options.OPTIONS:
        if option.shown is None:
            shown = option.help.rpartition("(")[2].removesuffix(").")
            typed_again = typed.options({option.key: option.type(shown)})
            assert getattr(load_plan(None, {"seed": 1, **typed_again}), option.key) == getattr(plan, option.key)


def test_every_key_is_explained_in_the_documentation() -> None:
    text = DOCS.read_text()
    for key in [*StudyPlan.model_fields, *(f"wire.{key}" for key in WirePlan.model_fields)]:
        assert f"`{key}`" in text, key
        assert sum(line.startswith(f"| `{key}` |") for line in text.splitlines()) <= 1, f"{key} has two rows"


def test_the_example_in_the_documentation_is_a_plan(tmp_path: Path) -> None:
    example = DOCS.read_text().split("```toml\n")[1].split("```")[0]
    assert set(tomllib.loads(example)) <= set(StudyPlan.model_fields)
    file = tmp_path / "plan.toml"
    file.write_text(example)
    load_plan(file)


def test_all_networks_are_all_presets_with_the_host_first(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('networks = "all"\n')
    every = tuple(spec.name for spec in catalogue.presets())
    for plan in (load_plan(None, {"networks": ["all"]}), load_plan(path, {})):
        assert plan.networks == every and every[0] == "host"
    with pytest.raises(PlanError, match="all stands for every network, alone"):
        load_plan(None, {"networks": ["all", "ptp"]})
