"""The main job on real traffic: short studies, their run directories and their words. No number of theirs is asserted."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pytest

from barewire import schemas
from barewire.study.design.options import WORKLOADS
from tests.e2e.conftest import Study
from tests.support.command import TINY, barewire, barewire_inside, study, study_inside, with_run

pytestmark = pytest.mark.kernel


def validate(name: str, document: object) -> None:
    jsonschema.Draft202012Validator(schemas.schema(name)).validate(document)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of each attach and each kind of rules that this machine can make, once, under every kind of load."""
    path = tmp_path_factory.mktemp("runs") / "run"
    # What this kernel cannot build is not measured in a VM either: that is another study's business, and minutes.
    # Rates are shares of the host's maximum, so that no other network's is searched for: `small` has such.
    everything = (
        "--networks", "host/docker,docker,flannel/vxlan,ipvlan/l2,macvlan", "--workloads", "all", "--timestamps",
        "--kernel", "host", "--loads-of", "host", "--own-loads", "none",
    )  # fmt: skip
    done = with_run(study_inside(*TINY, *everything, "--seed", "11", "--out", str(path), "--json", "-"), path)
    assert json.loads(done.out) == json.loads((path / "summary.json").read_text())
    return path


def test_all_that_a_study_writes_follows_the_published_schemas(run: Path) -> None:
    validate("run", json.loads((run / "run.json").read_text()))
    validate("summary", json.loads((run / "summary.json").read_text()))
    for line in (run / "trials.ndjson").read_text().splitlines():
        validate("trial", json.loads(line))


def test_maxima_of_networks_and_shares_of_them_are_recorded(small: Study) -> None:
    record = json.loads((small.path / "run.json").read_text())
    validate("run", record)
    assert set(record["knees"]["response_bytes"]["100"]) == {"host", "ptp"}
    for line in (small.path / "trials.ndjson").read_text().splitlines():
        trial = json.loads(line)
        validate("trial", trial)
        own = [load["offered_per_s"] for load in trial["loads"] if load["load"] == "own-50%"]
        assert own or not trial["valid"]


def test_every_network_is_measured_or_listed_with_a_remedy(run: Path) -> None:
    networks = {network["name"]: network for network in json.loads((run / "summary.json").read_text())["networks"]}
    assert set(networks) == {"host", "host/docker", "docker", "flannel/vxlan", "ipvlan/l2", "macvlan"}
    tried = {json.loads(line)["network"] for line in (run / "trials.ndjson").read_text().splitlines()}
    for name, network in networks.items():
        assert (name in tried) == network["measured"]
        assert network["measured"] or (network["reason"] and network["remedy"])


def test_every_trial_is_proved_and_accounts_for_every_request(run: Path) -> None:
    for line in (run / "trials.ndjson").read_text().splitlines():
        trial = json.loads(line)
        assert all(claim["holds"] for claim in trial["proof"]["claims"])
        assert trial["proof"]["path"]["forward"][0]["namespace"].startswith("n1")
        for load in trial["loads"]:
            if load["workload"] == "http":
                errors = sum(load["errors"].values())
                assert load["requests"] == load["completed"] + load["unfinished"] + errors
                # Open loop: what was to be sent depends on the schedule alone.
                assert abs(load["requests"] - load["offered_per_s"] * load["seconds"]) <= 1
                assert load["latency_ns"]["count"] == load["completed"] + load["lost"]


def test_every_network_carries_every_workload_by_published_ports(run: Path) -> None:
    answered: dict[tuple[str, str], int] = {}
    for line in (run / "trials.ndjson").read_text().splitlines():
        trial = json.loads(line)
        loads = {load["load"]: load for load in trial["loads"]}
        assert not trial["valid"] or set(loads) == {
            "50%", "http-max", "http-crr", "tcp-stream-1", "tcp-stream-1-no-offloads", "tcp-rr",
            "udp-rr", "http-rr", "http-post", "tcp-crr", "udp-stream",
        }  # fmt: skip
        for name in ("tcp-rr", "udp-rr", "http-rr", "http-post", "tcp-crr"):
            if name in loads:
                count = loads[name]["latency_ns"]["count"]
                assert count == loads[name]["completed"] + loads[name]["lost"]
                assert loads[name].get("wire_ns", {"count": 0})["count"] <= count
                # A fifth of a second is nothing on a busy machine: any of a network's trials will do.
                answered[trial["network"], name] = answered.get((trial["network"], name), 0) + count
        if "udp-stream" in loads:
            assert 0 < loads["udp-stream"]["received"] <= loads["udp-stream"]["sent"]
    assert answered
    assert not [which for which, count in answered.items() if count == 0]


def test_a_study_of_connections_alone_has_an_answer(tmp_path: Path) -> None:
    options = ("--workloads", "tcp-crr", "--networks", "ptp", "--seed", "4", "--out", str(tmp_path / "run"))
    done = with_run(study_inside(*TINY, *options), tmp_path / "run")
    assert "Nothing can be said yet" not in done.out
    cells = json.loads((tmp_path / "run" / "summary.json").read_text())["cells"]
    assert {cell["network"] for cell in cells if cell["metric"] == "connect_rate"} == {"host", "ptp"}
    last = done.out.splitlines()[-1]
    # A busy machine may have spoilt the only block.
    assert "connections per second" in last or "no block has values that can be compared" in last


def test_a_study_that_stops_by_precision_names_its_look(tmp_path: Path) -> None:
    done = study_inside(
        "--force", "--networks", "ptp", "--workloads", "tcp-rr", "--seconds", "0.2", "--warmup", "0.05",
        "--blocks", "7", "--until", "p50=100%", "--out", str(tmp_path / "run"), "--json", "-",
    )  # fmt: skip
    with_run(done, tmp_path / "run")
    summary = json.loads(done.out)
    validate("summary", summary)
    stopped = summary["stopping"]
    # How precise a busy machine is nobody can promise; whichever way it ended, blocks and looks agree, unless it spoilt a block.
    trials = map(json.loads, (tmp_path / "run" / "trials.ndjson").read_text().splitlines())
    slots = {(trial["block"], trial["network"], trial["role"]) for trial in trials if trial["valid"]}
    looked = stopped["looks"][-1]["blocks"]
    if len(slots) == 3 * summary["blocks"]:  # the host twice, and ptp
        assert summary["blocks"] == looked == (6 if stopped["looks"][0]["met"] else 7)
    assert looked <= summary["blocks"] <= 7
    assert json.loads((tmp_path / "run" / "run.json").read_text())["maximum"] == {"response_bytes": {}}


def test_the_warm_up_is_found_on_pilots_and_kept(tmp_path: Path) -> None:
    done = study_inside(
        "--force", "--networks", "ptp", "--workloads", "tcp-rr", "--seconds", "0.2", "--blocks", "1", "--out",
        str(tmp_path / "run"),
    )  # fmt: skip
    assert done.code == 3, done.err  # one block concludes nothing
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    validate("run", record)
    assert record["warmup"]["found"]
    assert [pilot["network"] for pilot in record["warmup"]["pilots"]] == ["host", "ptp"]
    assert 0.05 <= record["warmup"]["seconds"] <= 0.5


def test_the_report_is_one_file_that_names_every_network(run: Path) -> None:
    page = (run / "report.html").read_text()
    for network in json.loads((run / "run.json").read_text())["networks"]:
        assert network["name"] in page
    assert 'http-equiv="Content-Security-Policy"' in page


def test_the_report_can_be_made_again(run: Path, tmp_path: Path) -> None:
    before = (run / "report.html").read_text()
    done = barewire_inside("report", str(run), "--format", "html", "--out", str(tmp_path / "again.html"))
    assert done.code in (0, 3), done.err  # 3: a machine too busy
    assert (tmp_path / "again.html").read_text() == before


def test_the_same_seed_gives_the_same_order(run: Path, tmp_path: Path) -> None:
    trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
    # A trial that the machine spoilt comes again later: the first of each slot is the one that was planned.
    order = [network for network, _ in dict.fromkeys((trial["network"], trial["role"]) for trial in trials)]
    from barewire.study.design.blocks import block
    from barewire.study.design.plan_file import plan_of

    record = json.loads((run / "run.json").read_text())
    plan = plan_of(record["plan"], "run.json")
    measured = [network["name"] for network in record["networks"] if network["measured"]]
    assert order == [trial.network for trial in block(plan, measured, 1)]


def test_a_dry_run_prints_plan_and_duration_and_makes_nothing(tmp_path: Path) -> None:
    done = barewire_inside("study", "--dry-run", "--quick", "--out", str(tmp_path / "run"))
    assert done.code == 0, done.err
    assert "blocks" in done.out
    assert "min" in done.out
    assert not (tmp_path / "run").exists()
    planned = json.loads(barewire_inside("study", "--dry-run", "--json", "-").out)
    assert planned["seconds"] > 60
    assert planned["plan"]["seed"] is not None


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs of one plan, measured at the same time."""
    folder = tmp_path_factory.mktemp("pair")
    # Round trips have latencies, and no maximum is searched for them.
    words = (*TINY, "--blocks", "2", "--workloads", "tcp-rr,http-max", "--networks", "host,docker", "--out")
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(study, *words, str(folder / "other"))
        with_run(study_inside(*words, str(folder / "one")), folder / "one")
        with_run(other.result(), folder / "other")
    return folder / "one", folder / "other"


def test_two_studies_at_once_do_not_meet(pair: tuple[Path, Path]) -> None:
    for run in pair:
        trials = [json.loads(line) for line in (run / "trials.ndjson").read_text().splitlines()]
        claims = [claim for trial in trials if trial["proof"] for claim in trial["proof"]["claims"]]
        assert claims and all(claim["holds"] for claim in claims)
    with_run(study_inside("--force", "--resume", str(pair[0])), pair[0])


def test_two_runs_of_one_machine_compare_and_no_gate_fails(pair: tuple[Path, Path]) -> None:
    both = tuple(map(str, pair))
    # Two blocks of a busy machine show hardly anything: a limit of ten times leaves only a wrong sign to fail by.
    done = barewire("compare", *both, "--gate", "docker p50 <= 900%", "--gate", "docker throughput <= 90%", "--json")
    assert done.code in (0, 3), done.err
    printed = json.loads(done.out)
    validate("compare", printed)
    assert printed["comparisons"][0]["same_machine"]
    cells = {(c["network"], c["metric"], c["quantile"]): c for c in printed["comparisons"][0]["cells"]}
    found = cells.get(("docker", "latency", 0.5))
    assert found["ratio"] > 0 if found else done.code == 3  # a network may have no valid trial on a machine too busy
    assert barewire_inside("compare", *both).code in (0, 3)  # 3: two blocks may decide nothing


def test_ipv6_runs_end_to_end(tmp_path: Path) -> None:
    # `http` needs a search for the maximum and a quiet machine; its requests are those of `http-max`.
    workloads = ",".join(workload for workload in WORKLOADS if workload != "http")
    done = study_inside(
        *TINY, "--workloads", workloads, "--networks", "host,docker,flannel/vxlan", "--family", "6", "--out",
        str(tmp_path / "run"),
    )  # fmt: skip
    with_run(done, tmp_path / "run")
    trials = [json.loads(line) for line in (tmp_path / "run" / "trials.ndjson").read_text().splitlines()]
    proved = [trial for trial in trials if trial["proof"]]  # a busy machine may not finish one in its time
    assert {trial["network"] for trial in proved} == {"host", "docker", "flannel/vxlan"}
    assert all("fd00:" in claim["claim"] for trial in proved for claim in trial["proof"]["claims"][:1])


def test_both_pairs_of_a_topology_file_are_two_conditions(tmp_path: Path) -> None:
    topology, out = tmp_path / "racks.toml", tmp_path / "out"
    topology.write_text('pair = "both"\n[[zone]]\nracks = [2, 1]\n')
    done = study_inside(
        *TINY, "--workloads", "tcp-rr", "--networks", "host", "--topology", str(topology),
        "--kernel", "host", "--out", str(out),
    )  # fmt: skip
    assert done.code in (0, 3), done.err
    topology.unlink()
    whole = json.loads((out / "study.json").read_text())
    validate("study", whole)
    assert (whole["factor"], [one["name"] for one in whole["conditions"]]) == ("pair", ["within", "across"])
    ends = []
    for name in ("within", "across"):
        validate("run", json.loads((out / name / "run.json").read_text()))
        trials = [json.loads(line) for line in (out / name / "trials.ndjson").read_text().splitlines()]
        hops = [hop["namespace"] for trial in trials for hop in trial["proof"]["path"]["forward"]]
        ends.append({namespace for namespace in hops if namespace.startswith("n")})
        assert ("r2" in hops) == (name == "across")
        assert 'aria-label="2 racks, 3 nodes; measured between n1' in (out / name / "report.html").read_text()
    assert [{one.split("-")[0] for one in found} for found in ends] == [{"n1", "n2"}, {"n1", "n3"}]
    compared = barewire_inside("compare", str(out))
    assert compared.code in (0, 1, 2, 3) and "Traceback" not in compared.err
