"""Quantities and networks as people type them."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from barewire.cli import typed
from barewire.cli.commands import application
from barewire.cli.compare import parse_margin
from barewire.errors import NetworkError, PlanError, UsageError
from barewire.networks import catalogue, others
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import load_plan


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("loads", "50", "50%"), ("loads", "30, 50%,90", "30%,50%,90%"), ("loads", "0.5", "0.5"), ("loads", "x", "x"),
        ("sizes", "4k", "4096"), ("sizes", "4KiB,4K,4096", "4096,4096,4096"), ("sizes", "4kB,1MiB", "4000,1048576"),
        ("sizes", "0.5k", "512"), ("request_bytes", "1k", 1024), ("response_bytes", "64", 64), ("memory", "2g", 2048),
        ("memory", "2048", 2048), ("budget", "10", 10.0), ("budget", "10m", 10.0), ("budget", "90s", 1.5), ("budget", "1h", 60.0),
        ("margin", "5", "5%"), ("margin", "2.5%", "2.5%"), ("margin", "0.05", "0.05"),
        ("until", "p50=2, p99=5%", "p50=2%,p99=5%"),
        ("until", "p50", "p50"), ("until", "p50=", "p50="),
        ("seconds", "2", 2.0), ("seconds", "500ms", 0.5), ("warmup", "auto", "auto"), ("warmup", "2s", 2.0),
    ],
)  # fmt: skip
def test_a_quantity_is_read_as_it_is_typed(key: str, text: str, value: object) -> None:
    assert typed.options({key: text, "blocks": 3, "quick": False}) == {key: value, "blocks": 3, "quick": False}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("sizes", "4q"),
        ("sizes", "0.3"),
        ("budget", "ten"),
        ("budget", "10 parsecs"),
        ("seconds", "s"),
        ("request_bytes", "1.5"),
    ],
)
def test_what_is_no_quantity_names_the_option(key: str, text: str) -> None:
    with pytest.raises(UsageError, match=rf"^--{key.replace('_', '-')} cannot be "):
        typed.options({key: text})


def test_a_clock_that_does_not_exist_lists_all_three() -> None:
    with pytest.raises(UsageError, match=r"^--clock cannot be 'sundial'. Write wall, counted .* or auto "):
        typed.options({"clock": "sundial"})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"wire": "rate=10gbit,rate=1gbit"}, "'rate' is listed twice"),
        ({"wire": "delay=1h"}, "a wire can delay by 1s at most"),
        ({"topology": "racks=2,racks=3"}, "'racks' is listed twice"),
        ({"networks": "all,host"}, "all stands for every network, alone"),
        ({"networks": "Flannel/VXLAN"}, "Did you mean flannel/vxlan"),
        ({"networks": "HOST"}, "Did you mean host"),
        ({"blocks": 100000}, "a whole number of blocks, 1 to 1000"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(options: dict[str, object], said: str) -> None:
    with pytest.raises(PlanError, match=re.escape(said)):
        load_plan(None, typed.options(options))


def test_a_word_for_a_number_is_refused_without_types() -> None:
    done = CliRunner().invoke(application(), ["study", "--blocks", "six"])
    assert done.exit_code == 2
    assert "Invalid value for '--blocks': it must be a whole number" in done.output


@pytest.mark.parametrize(
    ("text", "outcome"), [("5", 0.05), ("2.5 %", 0.025), ("0%", None), ("five", None), ("101", None)]
)
def test_a_margin_of_compare_is_read_as_it_is_typed(text: str, outcome: float | None) -> None:
    if outcome is None:
        with pytest.raises(UsageError, match=r"^--margin cannot be "):
            parse_margin(text)
    else:
        assert parse_margin(text) == pytest.approx(outcome)


# Something wrong for every option of a plan that is not merely a word.
WRONG = {
    "networks": "calico", "blocks": 0, "seconds": -1.0, "loads": "x", "sizes": "0", "seed": -1, "workloads": "foo", "server": "x",
    "request_bytes": 1, "response_bytes": 1, "pipeline": 0, "family": 5, "nodes": 1, "pods": 0, "wire": "rate=0bit",
    "connections": 0, "threads": 0, "arrivals": "x", "timing": "x", "streams": 0, "warmup": "x", "budget": -1.0, "until": "x",
    "clock": "x", "memory": 1, "server_cpus": "x", "client_cpus": "3-1", "port": 1, "margin": "x",
    "loads_of": "x", "own_loads": "x", "restarts": 0, "topology": "racks=x", "peer": "x", "endpoints": "x",
    "machines": "x",
    "testbed": "x", "context": "x", "namespace": "x", "pairs": 0, "policies": "x", "image": "", "cni_config": "x",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(WRONG))
def test_the_error_of_an_option_speaks_of_the_option(key: str) -> None:
    with pytest.raises(PlanError) as caught:
        load_plan(None, {key: WRONG[key]})
    said = str(caught.value)
    assert f"--{key.replace('_', '-')}" in said
    assert not re.search(r"TOML|\[\d\]|\[\"|\ba table\b|is not a key", said), said


def test_only_options_that_take_words_are_left_out_of_that() -> None:
    assert set(StudyPlan.model_fields) - set(WRONG) == {"tune", "kernel", "timestamps", "token_file"}


def test_an_option_that_was_renamed_names_the_new_one() -> None:
    for typed_words in (["--kinds", "tcp-rr"], ["--kinds=tcp-rr"]):
        with pytest.raises(UsageError, match=r"^--kinds is called --workloads now"):
            CliRunner().invoke(application(["study"]), ["study", *typed_words], catch_exceptions=False)


@pytest.mark.parametrize(("text", "name"), others.ALIASES.items())
def test_a_short_name_means_the_preset(text: str, name: str) -> None:
    assert catalogue.parse(text).name == catalogue.parse(text.upper()).name == name
    assert load_plan(None, {"networks": f"host,{text}"}).networks == ("host", name)


@pytest.mark.parametrize("product", others.NEAREST)
def test_a_product_that_is_not_built_has_an_answer_that_works(product: str) -> None:
    with pytest.raises(NetworkError) as caught:
        catalogue.parse(product)
    presets = {spec.name for spec in catalogue.presets()}
    words = re.findall(r"[a-z0-9]+(?:[/+][a-z0-9-]+)*", caught.value.remedy)
    named = [word for word in words if word in presets or "/" in word or "+" in word]
    assert named, caught.value.remedy
    for name in named:
        assert catalogue.parse(name).name == name


def test_no_alias_hides_a_preset_or_a_part() -> None:
    taken = {spec.name for spec in catalogue.presets()}
    assert taken.isdisjoint(others.ALIASES) and taken.isdisjoint(others.NEAREST)
