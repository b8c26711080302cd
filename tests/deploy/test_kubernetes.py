"""deploy/kubernetes, judged without a cluster: by the API's models, by the files' own rules, and beside docker-compose.yaml."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator
from tests.helpers.kubernetes_api import faults

from reviewloop.config import load_config
from reviewloop.settings import Settings
from reviewloop_airflow import notices
from reviewloop_airflow.notify import TARGETS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
MANIFESTS = ("pod_template.yaml", "training.yaml", "exam.yaml")
ENVIRONMENTS = ("staging", "prod")
DIGEST = "sha256:" + "a1" * 32
OF_COMPOSE = {
    "AWS_ENDPOINT_URL", "MLFLOW_S3_ENDPOINT_URL", "AIRFLOW_CONN_AWS_DEFAULT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND", "AIRFLOW__CELERY__WORKER_CONCURRENCY",
    "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS",
}  # fmt: skip
"""Of compose alone: its emulated AWS (a cluster's pods have a role) and its Celery."""
OF_KUBERNETES = {
    "REVIEWLOOP_KUBERNETES_NAMESPACE", "REVIEWLOOP_KUBERNETES_TEMPLATE", "REVIEWLOOP_DATABASE", "REVIEWLOOP_WORKGROUP",
    "REVIEWLOOP_TRAINING_SLOTS", "AIRFLOW__LOGGING__REMOTE_LOGGING", "AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER",
    "AIRFLOW__KUBERNETES_EXECUTOR__DELETE_WORKER_PODS", "AIRFLOW__KUBERNETES_EXECUTOR__DELETE_WORKER_PODS_ON_FAILURE",
    "AIRFLOW_ADMIN_USERNAME", "AIRFLOW_ADMIN_PASSWORD", "AIRFLOW_ADMIN_EMAIL",
}  # fmt: skip
"""Of a cluster alone: its backend, its places on AWS, logs of pods that are gone; and what compose tells airflow-init."""
DIFFERENT = {"AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "REVIEWLOOP_PROFILE"}
"""Fixed in both, and not the same."""


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def documents(name: str) -> list[dict[str, Any]]:
    """As they are applied: ``.ci`` and helm have filled in the image."""
    text = (FOLDER / name).read_text().replace("REVIEWLOOP_IMAGE", f"reviewloop@{DIGEST}").replace("EXAM_NAME", "exam-a1")
    text = re.sub(r"\{\{ \.Values\.images\.airflow\.(\w+) \}\}", lambda m: DIGEST if m[1] == "digest" else "reviewloop", text)
    assert "{{" not in text
    return list(yaml.safe_load_all(text))


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """The specification of every pod that the files describe."""
    for name in MANIFESTS:
        for document in documents(name):
            if document["kind"] == "Pod":
                yield name, document["spec"]
            elif "template" in document.get("spec", document):
                yield name, document.get("spec", document)["template"]["spec"]


def values(environment: str) -> dict[str, Any]:
    return laid_over(read("values.yaml"), read(f"{environment}.yaml"))


def laid_over(base: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """As helm does it."""
    both = {
        name: laid_over(base[name], value) if isinstance(value, dict) and isinstance(base.get(name), dict) else value
        for name, value in overlay.items()
    }
    return {**base, **both}


def environment_of(name: str) -> dict[str, str]:
    return {key: value for one in values(name)["extraConfigMaps"].values() for key, value in yaml.safe_load(one["data"]).items()}


def secret_names() -> set[str]:
    lines = (FOLDER / "secret.env.example").read_text().splitlines()
    assert not [line for line in lines if re.match(r"\w+=.", line)], "the example carries no value"
    return {line.partition("=")[0] for line in lines if line and not line.startswith("#")}


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_api_knows_every_field(name: str) -> None:
    assert [fault for document in documents(name) for fault in faults(document)] == []


Change = Callable[[Any], object]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda pod: pod["spec"].update(restartpolicy="Never"), ".spec.restartpolicy: not known"),
        (lambda pod: pod["spec"]["containers"][0].pop("name"), "name"),
        (lambda pod: pod["spec"]["containers"][0]["volumeMounts"][0].pop("mountPath"), "mount_path"),
        (lambda pod: pod["spec"].update(terminationGracePeriodSeconds="long"), "long"),
        (lambda pod: pod["spec"]["volumes"][0].update(configmap={"name": "a"}), "configmap: not known"),
    ],
)  # fmt: skip
def test_a_fault_in_a_manifest_is_found(change: Change, told: str) -> None:
    (planted,) = copy.deepcopy(documents("pod_template.yaml"))
    change(planted)
    assert any(told in fault for fault in faults(planted))


def test_airflow_takes_the_template_and_runs_the_image_of_the_digest(tmp_path: Path) -> None:
    """As the executor makes a task's pod of it, with what values.yaml says of the image."""
    (document,) = documents("pod_template.yaml")
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump(document))
    told = values("prod")["config"]["kubernetes_executor"]
    assert told == {"worker_container_repository": "", "worker_container_tag": ""}, "REPOSITORY:TAG would take the template's place"
    pod = PodGenerator.construct_pod(
        dag_id="d", task_id="t", pod_id="p", try_number=1, kube_image=None, date=None, args=["run"], pod_override_object=None,
        base_worker_pod=PodGenerator.deserialize_model_file(str(path)), namespace="n", scheduler_job_id="1", run_id="r",
    )  # fmt: skip
    (container,) = pod.spec.containers
    assert container.name == "base"
    assert container.image == f"reviewloop@{DIGEST}"
    assert container.args == ["run"]
    assert pod.spec.service_account_name == "reviewloop"


def test_every_pod_is_modest() -> None:
    found = list(pods())
    assert len(found) == 3
    for name, pod in found:
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] == 10001, f"{name}: the user of the Dockerfile"
        for container in pod["containers"]:
            assert container["image"] == f"reviewloop@{DIGEST}", name
            assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}, name
            assert {"requests", "limits"} <= set(container["resources"]), name
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            assert mounted <= {volume["name"] for volume in pod.get("volumes", [])}, name
    assert "useradd --create-home --uid 10001 reviewloop" in (ROOT / "Dockerfile").read_text()


def test_a_pod_that_ended_does_not_stay() -> None:
    told = environment_of("prod")
    assert told["AIRFLOW__KUBERNETES_EXECUTOR__DELETE_WORKER_PODS"] == "True"
    assert told["AIRFLOW__KUBERNETES_EXECUTOR__DELETE_WORKER_PODS_ON_FAILURE"] == "True"
    assert told["AIRFLOW__LOGGING__REMOTE_LOGGING"] == "True", "or its log goes with it"
    assert documents("exam.yaml")[0]["spec"]["ttlSecondsAfterFinished"]


def test_accounts_configs_and_secrets_that_pods_name_are_made_by_somebody() -> None:
    made = {document["metadata"]["name"] for document in documents("training.yaml") if document["kind"] == "ServiceAccount"}
    by_chart = {"reviewloop-config", *values("prod")["extraConfigMaps"]}
    by_hand = {"reviewloop", "reviewloop-trusted-keys", "reviewloop-signing-key"}
    page = (ROOT / "docs" / "operations.md").read_text()
    for name in by_hand:
        assert re.search(rf"kubectl create (secret generic|configmap) {name} ", page), f"{name}: docs/operations.md makes it"
    for name, pod in pods():
        assert pod.get("serviceAccountName", "reviewloop") in made, name
        sources = [source for one in pod["containers"] for source in one.get("envFrom", [])] + pod.get("volumes", [])
        for source in sources:
            wanted = source.get("configMapRef", source.get("configMap", {})).get("name")
            wanted = wanted or source.get("secretRef", {}).get("name") or source.get("secret", {}).get("secretName")
            assert wanted is None or wanted in by_chart | by_hand, f"{name}: {wanted}"
    binding = next(document for document in documents("training.yaml") if document["kind"] == "RoleBinding")
    assert {subject["name"] for subject in binding["subjects"]} == {"reviewloop"}, "a fine-tune asks the cluster for nothing"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_environment_is_that_of_compose_under_the_same_names(environment: str, compose_file: Callable[..., Any]) -> None:
    compose = compose_file()["services"]["airflow-scheduler"]["environment"]
    ours = environment_of(environment)
    assert set(compose) - OF_COMPOSE == (set(ours) | secret_names()) - OF_KUBERNETES
    fixed = {name: value for name, value in read_raw_compose().items() if "${" not in value and name in ours}
    places = set(read(f"{environment}.yaml")["extraConfigMaps"]["reviewloop-places"]["data"].split()) | {"AWS_DEFAULT_REGION"}
    for name, value in fixed.items():
        if name not in DIFFERENT and f"{name}:" not in places and name not in places:
            assert ours[name] == value, f"{name}: compose says {value}"
    for name in DIFFERENT:
        assert ours[name] != compose[name], f"{name}: no longer different"


def read_raw_compose() -> dict[str, str]:
    parsed = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
    return {name: str(value) for name, value in parsed["services"]["airflow-scheduler"]["environment"].items()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_setting_is_one(environment: str) -> None:
    known = {f"REVIEWLOOP_{name.upper()}" for name in Settings.model_fields}
    known |= {*TARGETS, *notices.TARGETS, "REVIEWLOOP_NOTICE_SECRET", "REVIEWLOOP_TRAINING_SLOTS"}
    known |= {"REVIEWLOOP_ESCALATION_MAIL", "REVIEWLOOP_ESCALATION_WEBHOOK"}
    told = {name for name in set(environment_of(environment)) | secret_names() if name.startswith("REVIEWLOOP_")}
    assert told <= known, f"nobody reads {told - known}"
    load_config(environment_of(environment)["REVIEWLOOP_PROFILE"])


def test_environments_differ_in_places_and_sizes_alone() -> None:
    for name in ENVIRONMENTS:
        overlay = read(f"{name}.yaml")
        assert set(overlay["extraConfigMaps"]) == {"reviewloop-places"}
        assert set(overlay) <= {"extraConfigMaps", "apiServer", "scheduler"}
        assert all(set(overlay[part]) == {"replicas"} for part in set(overlay) - {"extraConfigMaps"})
        assert name in environment_of(name)["REVIEWLOOP_BUCKET"]
    assert set(environment_of("staging")) == set(environment_of("prod"))


def test_no_secret_is_in_a_file() -> None:
    found = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN|SQL_ALCHEMY_CONN|WEBHOOK")
    for environment in ENVIRONMENTS:
        assert [name for name in environment_of(environment) if found.search(name)] == []
    builtin = values("prod")["enableBuiltInSecretEnvVars"]
    assert not any(builtin.values())
    assert {
        name for name in builtin if "CELERY" not in name and "AIRFLOW_DB" not in name and "WEBSERVER" not in name
    } <= secret_names()


def test_nobody_is_made_with_a_password_that_everybody_knows() -> None:
    assert values("prod")["createUserJob"] == {"enabled": False}
    assert "deploy/create_admin.py" in values("prod")["migrateDatabaseJob"]["args"][-1]
