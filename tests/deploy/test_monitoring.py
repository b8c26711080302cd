"""Prometheus's and Grafana's files: sound by Prometheus's own tool, and about nothing that is not measured."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.helpers.needed import program
from tests.test_exporter import A_LOOP

from reviewloop.exporter import Loop
from reviewloop.serving.captures.capture import CaptureState
from reviewloop.serving.inference.scheduler import Load
from reviewloop.serving.metrics import Metrics, Reading

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
RULES = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((FOLDER / "grafana" / "reviewloop.json").read_text())
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program("promtool"), *map(str, arguments)], capture_output=True, text=True, check=False)


def measured() -> set[str]:
    """Every name that the endpoint and the exporter tell, with the suffixes of histograms and counters."""
    endpoint = Metrics(1024)
    endpoint.watch(lambda: Reading(Load(0, 0, 0, 1.0), CaptureState(0, 0, 0), {}, 1, is_ready=True))
    found = set()
    for metric in [*endpoint.registry.collect(), *Loop(A_LOOP).collect()]:
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(metric.type, [""])
        found |= {metric.name + suffix for suffix in suffixes}
    return found


def named(expression: str) -> set[str]:
    return set(re.findall(r"reviewloop_\w+", expression))


def test_promtool_takes_the_rules_and_the_configuration():
    for kind, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        flags = ["--syntax-only"] if kind == "config" else []
        told = promtool("check", kind, *flags, FOLDER / name)
        assert told.returncode == 0, told.stdout + told.stderr


def test_every_rule_fires_on_its_fault_and_is_quiet_on_a_calm_day():
    told = promtool("test", "rules", FOLDER / "alerts_test.yml")
    assert told.returncode == 0, told.stdout + told.stderr
    proven = (FOLDER / "alerts_test.yml").read_text()
    assert all(f'alertname="{rule["alert"]}"' in proven for rule in RULES), "a rule without recorded series"


def test_the_recorded_series_would_catch_a_rule_that_went_blind(tmp_path):
    for name in ("alerts.yml", "alerts_test.yml"):
        (tmp_path / name).write_text((FOLDER / name).read_text().replace('status="5xx"}[5m]', 'status="500"}[5m]'))
    assert promtool("test", "rules", tmp_path / "alerts_test.yml").returncode != 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_says_what_to_do_and_asks_for_what_is_measured(rule: dict[str, Any]):
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["what_to_do"]
    assert named(rule["expr"]) <= measured()


def test_every_query_of_the_dashboard_is_sound_and_about_what_is_measured(tmp_path):
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(QUERIES)]
    (tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    told = promtool("check", "rules", tmp_path / "queries.yml")
    assert told.returncode == 0, told.stdout + told.stderr
    unknown = {name for query in QUERIES for name in named(query)} - measured()
    assert unknown == set()


def test_no_panel_lies_on_another_and_each_says_what_it_shows():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        box = panel["gridPos"]
        cells = {(x, y) for x in range(box["x"], box["x"] + box["w"]) for y in range(box["y"], box["y"] + box["h"])}
        assert not cells & taken, panel["title"]
        assert box["x"] + box["w"] <= 24
        taken |= cells
    titles = [panel["title"] for panel in DASHBOARD["panels"]]
    assert len(titles) == len(set(titles))


def test_compose_hands_these_very_files_to_prometheus_and_grafana(compose_file):
    services = compose_file()["services"]
    mounted = [volume.split(":")[0] for name in ("prometheus", "grafana") for volume in services[name]["volumes"]]
    for path in (path for path in mounted if path.startswith("./")):
        assert (FOLDER.parents[1] / path).exists(), path
    jobs = {job["job_name"]: job for job in yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]}
    host, port = jobs["loop"]["static_configs"][0]["targets"][0].split(":")
    assert services[host]["command"][services[host]["command"].index("--port") + 1] == port
    found = jobs["endpoint"]["dns_sd_configs"][0]
    assert str(found["port"]) in services[found["names"][0]]["command"]
    assert services["grafana"]["environment"]["GF_ANALYTICS_REPORTING_ENABLED"] == "false"
    source = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    assert {target["datasource"]["uid"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])} == {source["uid"]}
