"""docker-compose.yaml, Dockerfile and .env.example, judged without a Docker engine."""

import configparser
import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from reviewloop.config import load_config
from reviewloop_airflow import notices
from reviewloop_airflow.notify import TARGETS

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = re.compile(r"\$\{(\w+):\?")
SECRET = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN|ACCESS_KEY|REDISCLI_AUTH|SQL_ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND")
WITH_PASSWORD = re.compile(r"://[^/@\s]*:(?!\$\{)[^/@\s]+@")


@pytest.fixture(scope="module")
def raw(compose_text: str) -> dict[str, Any]:
    """Parsed before any variable is filled in."""
    return yaml.safe_load(compose_text)


@pytest.fixture(scope="module")
def services(compose_file: Callable[..., dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return compose_file()["services"]


def one_shots(services: dict[str, dict[str, Any]]) -> set[str]:
    """Services that run to their end: others wait for that end, and nothing could ask after their health."""
    waits = [needs for service in services.values() for needs in service.get("depends_on", {}).items()]
    return {name for name, need in waits if need["condition"] == "service_completed_successfully"}


def test_the_file_fits_the_compose_specification(raw, compose_file):
    schema = json.loads(files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validate(raw, schema)
    jsonschema.validate(compose_file(), schema)


def test_the_services_of_a_team_are_there(services):
    assert {"postgres", "redis", "mlflow", "aws", "endpoint"} <= set(services)
    assert {f"airflow-{part}" for part in ("init", "api-server", "scheduler", "dag-processor", "triggerer")} <= set(services)
    assert services["worker"]["deploy"]["replicas"] == 2


def test_every_image_is_pinned(raw, services):
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        own = raw["services"][name]["image"].startswith("reviewloop:${REVIEWLOOP_GIT_COMMIT:?")
        assert own or re.match(r"v?\d+\.\d+", tag), f"{name}: {service['image']} is not pinned to a version"
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert bases
    assert all(re.search(r":\d+\.\d+\.\d+", base) for base in bases)


def test_every_service_that_stays_up_is_health_checked_and_restarted(services):
    short = one_shots(services)
    assert short == {"airflow-init"}
    for name, service in services.items():
        if name in short:
            assert service["restart"] == "no"
        else:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_nobody_waits_for_the_health_of_an_unchecked_service(services):
    for name, service in services.items():
        for needed, need in service.get("depends_on", {}).items():
            assert need["condition"] != "service_healthy" or "healthcheck" in services[needed], f"{name} waits for {needed}"


def test_ports_are_published_on_the_loopback_only(services):
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert len(published) == 6
    assert all(port.startswith("127.0.0.1:") for port in published), published


def test_the_example_names_exactly_the_required_variables(compose_text, example_names):
    assert set(REQUIRED.findall(compose_text)) == set(example_names)


def test_the_example_carries_no_value():
    filled = [line for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"\w+=.", line)]
    assert filled == []


def test_no_secret_is_written_down(raw):
    found = 0
    for name, service in raw["services"].items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key):
                found += 1
                assert "${" in str(value), f"{name}: {key} is a literal"
            assert not WITH_PASSWORD.search(str(value)), f"{name}: {key} holds a password"
    assert found > 10


def test_no_password_is_an_argument_of_a_process(services):
    """Everybody on the host can read those."""
    for name, service in services.items():
        secrets = {value for key, value in service.get("environment", {}).items() if SECRET.search(key)}
        for word in [*service.get("command", []), *service.get("healthcheck", {}).get("test", [])]:
            assert not [secret for secret in secrets if secret and secret in word], f"{name}: {word}"
    for script in (ROOT / "deploy").glob("*.sh"):
        handed_on = re.findall(r"\$\{?\w*(?:PASSWORD|SECRET|TOKEN|KEY)\w*", script.read_text())
        assert handed_on == [], f"{script.name}: a secret stays in the environment"


def test_a_missing_secret_is_named(compose_file):
    with pytest.raises(KeyError, match="REDIS_PASSWORD"):
        compose_file({"REDIS_PASSWORD": ""})


def test_mlflow_stands_behind_a_login_that_its_clients_know(services):
    server = services["mlflow"]
    assert "basic-auth" in server["command"]
    assert server["environment"]["MLFLOW_FLASK_SERVER_SECRET_KEY"]
    config = configparser.ConfigParser()
    config.read(ROOT / server["environment"]["MLFLOW_AUTH_CONFIG_PATH"])
    assert config["mlflow"]["default_permission"] == "NO_PERMISSIONS"
    assert config["mlflow"]["database_uri"] == server["environment"]["MLFLOW_BACKEND_STORE_URI"], "one backup holds both"
    assert "admin_password" not in config["mlflow"]
    for what in ("USERNAME", "PASSWORD"):
        for name in ("worker", "airflow-init", "airflow-api-server"):
            assert services[name]["environment"][f"MLFLOW_TRACKING_{what}"] == server["environment"][f"MLFLOW_AUTH_ADMIN_{what}"]


def test_the_endpoint_is_a_user_of_mlflow_who_only_reads_and_is_made_before_it_starts(raw, services):
    init, endpoint = services["airflow-init"], services["endpoint"]
    for what in ("USERNAME", "PASSWORD"):
        assert endpoint["environment"][f"MLFLOW_TRACKING_{what}"] == init["environment"][f"MLFLOW_READER_{what}"]
    known = {value for key, value in raw["services"]["endpoint"]["environment"].items() if "MLFLOW" in key}
    assert not [value for value in known if "ADMIN" in str(value)], "the admin's login does not reach the endpoint"
    told = {name for name, one in services.items() if "MLFLOW_READER_PASSWORD" in one.get("environment", {})}
    assert told == {"airflow-init"}
    assert "create_mlflow_reader.py" in (ROOT / "deploy" / "init.sh").read_text()
    assert init["depends_on"]["mlflow"]["condition"] == "service_healthy"
    assert endpoint["depends_on"]["airflow-init"]["condition"] == "service_completed_successfully"


def test_named_volumes_are_declared_and_all_used(compose_file):
    parsed = compose_file()
    mounted = {volume.partition(":")[0] for service in parsed["services"].values() for volume in service.get("volumes", [])}
    assert {name for name in mounted if not name.startswith(".")} == set(parsed["volumes"])


def test_folders_under_volumes_belong_to_the_user_of_the_image(services):
    made = set(re.search(r"install -d -o reviewloop (.+)", (ROOT / "Dockerfile").read_text())[1].split())
    ours = [service for service in services.values() if service["image"].startswith("reviewloop:")]
    targets = {volume.split(":")[1].removeprefix("/opt/reviewloop/") for s in ours for volume in s.get("volumes", [])}
    assert targets <= made


def test_everything_that_the_commands_name_is_in_the_image(services):
    lines = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    copied = [source for line in lines for source in line.split()]
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sorted(copied) == sorted(allowed)
    for service in services.values():
        for word in [*service.get("command", []), *service.get("healthcheck", {}).get("test", [])]:
            assert not word.startswith("deploy/") or (ROOT / word).is_file(), word


def test_no_secret_and_no_repository_gets_into_the_image():
    first = next(line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#"))
    assert first == "*"


def test_all_airflow_services_share_one_environment(services):
    names = [name for name in services if name.startswith("airflow-") or name == "worker"]
    shared = services["airflow-scheduler"]["environment"]
    assert len(names) == 6
    assert all(shared.items() <= services[name]["environment"].items() for name in names)
    assert shared["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


def test_the_team_profile_lets_nobody_but_a_person_approve(services):
    profile = services["worker"]["environment"]["REVIEWLOOP_PROFILE"]
    assert load_config(profile).release.automation == "assisted"


@pytest.mark.parametrize("variable", [*TARGETS, *notices.TARGETS, "REVIEWLOOP_NOTICE_SECRET"])
def test_who_is_told_can_be_named_in_the_env_file(variable: str, compose_file: Callable[..., dict[str, Any]]) -> None:
    told = compose_file({variable: "somebody"})["services"]
    for name, service in told.items():
        if name == "worker" or name.startswith("airflow-"):
            assert service["environment"].get(variable) == "somebody", f"{name} does not see {variable}"
    assert not compose_file()["services"]["worker"]["environment"][variable], "unset, nobody is told"
    assert f"\n# {variable}=\n" in (ROOT / ".env.example").read_text()
    assert f"`{variable}`" in (ROOT / "docs" / "operations.md").read_text()
