"""The shipped IAM policies, held to the lake's folders: who may read, write and delete what."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.lake.places import Folder
from reviewloop.adapters.lake.s3 import WRITE_ONCE
from reviewloop.adapters.warehouse.batches import TABLES
from reviewloop.config import load_config
from reviewloop.core.costs.reaping import DEPLOYMENT, EXPIRES
from reviewloop.core.retention.plan import PLACES

IAM = Path(__file__).resolve().parents[2] / "deploy" / "iam"
INBOX = load_config("test").dataset.inbox_prefix.partition("/")[0]
FOLDERS = {INBOX, *map(str, Folder)}
ROLES = ("producer", "worker", "training", "endpoint", "analyst", "warehouse", "loader")
SERVICES = ("mlflow", "crawler", "sagemaker")
"""MLflow's server; AWS's own crawler; and what SageMaker needs of the role of its jobs, beside ``training``."""
READ, WRITE, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"
ROLE_ARN = {"worker": "role/WORKER", "producer": "role/PRODUCER"}


def statements(name: str) -> list[dict[str, Any]]:
    return list(json.loads((IAM / f"{name}.json").read_text(encoding="utf-8"))["Statement"])


def applies(statement: dict[str, Any], role: str, action: str, key: str, conditional: bool) -> bool:
    named = any(fnmatchcase(action, one) for one in statement["Action"])
    place = any(fnmatchcase(f"arn:aws:s3:::BUCKET/{key}", one) for one in statement["Resource"])
    met = {
        "Null": lambda asked: asked == {"s3:if-none-match": "true"} and not conditional,
        "ArnNotEquals": lambda asked: not asked["aws:PrincipalArn"].endswith(ROLE_ARN.get(role, "nobody")),
        "Bool": lambda asked: asked != {"aws:SecureTransport": "false"},  # the requests here are encrypted
    }
    return named and place and all(met[kind](asked) for kind, asked in statement.get("Condition", {}).items())


def may(role: str, action: str, key: str, conditional: bool = False) -> bool:
    """As IAM decides: some statement allows it and none, of the role's policy or the bucket's, denies it."""
    found = [one["Effect"] for one in [*statements(role), *statements("bucket")] if applies(one, role, action, key, conditional)]
    return "Allow" in found and "Deny" not in found


def folders(role: str, action: str) -> set[str]:
    return {folder for folder in FOLDERS if may(role, action, f"{folder}/a/b.parquet", conditional=True)}


def test_a_producer_delivers_and_nothing_else() -> None:
    assert folders("producer", WRITE) == {INBOX}
    assert folders("producer", READ) == folders("producer", DELETE) == set()


def test_the_worker_reads_all_and_writes_all_that_is_the_loops_own() -> None:
    assert folders("worker", READ) == FOLDERS
    assert folders("worker", WRITE) == FOLDERS - {INBOX}
    made_again = {Folder.JOBS, Folder.CHUNKS, Folder.ATHENA_RESULTS, Folder.CAPTURED, Folder.FEAST}
    assert folders("worker", DELETE) == made_again | {Folder.PREDICTIONS}  # of others what lies in some folder of theirs


def test_what_retention_deletes_is_granted_and_not_the_record_of_it() -> None:
    assert all(may("worker", DELETE, f"{place}a/b/c") for place in PLACES.values())
    record = s3.split_uri(places.retained("a.json"))[1]
    assert may("worker", WRITE, record)
    assert not may("worker", DELETE, record)
    assert not may("worker", DELETE, s3.split_uri(places.response())[1])


def test_what_was_captured_can_be_erased_and_expires_but_not_who_asked() -> None:
    for place in (places.captures("2026-01-02"), places.captures_late("2026-01-02"), places.captures_collected("2026-01-02")):
        assert may("worker", DELETE, f"{s3.split_uri(place)[1]}/a")
    asked = s3.split_uri(places.erasure("a.json"))[1]
    assert may("worker", WRITE, asked)
    assert not may("worker", DELETE, asked)


def test_a_training_job_sees_its_inputs_and_itself() -> None:
    assert folders("training", READ) == {Folder.FEATURES, Folder.JOBS}
    assert folders("training", WRITE) == folders("training", DELETE) == {Folder.JOBS}


def test_the_endpoint_loads_what_the_ledger_released_and_keeps_answers() -> None:
    assert folders("endpoint", READ) == {Folder.MODELS, Folder.LEDGER}
    assert may("endpoint", READ, f"{Folder.REPORTS}/releases/version=1/approval.json")
    assert folders("endpoint", WRITE) == {Folder.CAPTURED}
    assert folders("endpoint", DELETE) == set()


def test_an_analyst_reads_the_tables_and_not_what_snapshots_unload() -> None:
    assert folders("analyst", READ) == {Folder.CURATED, Folder.PREDICTIONS, Folder.ATHENA_RESULTS}
    assert folders("analyst", WRITE) == {Folder.ATHENA_RESULTS}
    assert folders("analyst", DELETE) == {Folder.ATHENA_RESULTS}
    assert not may("analyst", READ, f"{Folder.ATHENA_RESULTS}/unload/a/part-0")
    assert may("analyst", READ, f"{s3.split_uri(places.captures('2026-01-02'))[1]}/batch=a/captures.parquet")
    assert not may("analyst", READ, s3.split_uri(places.erasure("a.json"))[1])
    assert may("analyst", READ, f"{s3.split_uri(places.metrics('2026-01-02'))[1]}/batch=a/metrics.parquet")
    assert not any(may("analyst", READ, s3.split_uri(place())[1]) for place in (places.response, places.alerts))


@pytest.mark.parametrize("folder", sorted({*WRITE_ONCE, Folder.LEDGER}))
@pytest.mark.parametrize("role", ROLES)
def test_what_is_written_once_is_neither_overwritten_nor_deleted_by_anybody(role: str, folder: str) -> None:
    assert not may(role, WRITE, f"{folder}/a/b.parquet", conditional=False)
    assert not any(may(role, action, f"{folder}/a/b.parquet") for action in (DELETE, "s3:DeleteObjectVersion"))
    assert may("worker", WRITE, f"{folder}/a/b.parquet", conditional=True)


def test_no_policy_names_a_folder_that_is_not_the_lakes() -> None:
    for path in IAM.glob("*.json"):
        assert path.stem in {*ROLES, *SERVICES, "bucket", "mlflow_bucket"}
        for statement in statements(path.stem):
            keys = [
                one.removeprefix("arn:aws:s3:::BUCKET/") for one in statement["Resource"] if one.startswith("arn:aws:s3:::BUCKET/")
            ]
            assert {key.partition("/")[0] for key in keys} <= {*FOLDERS, "*"}, (path.name, statement["Sid"])


READS = ("get", "describe", "list", "head")
COSTS = {"sagemaker", "batch", "servicequotas", "iam", "ecr", "cloudwatch", "logs"}
"""Services of jobs, and of what is asked before one is paid for."""


def granted(action: str) -> list[dict[str, Any]]:
    return [one for one in statements("worker") if one["Effect"] == "Allow" and action in one["Action"]]


def test_what_jobs_and_the_reaper_ask_of_aws_is_granted() -> None:
    """By the calls that the tests of ``adapters.costs`` see: each operation of theirs, under IAM's name."""
    asked = {
        "sagemaker:CreateTrainingJob", "sagemaker:AddTags", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob",
        "sagemaker:ListTrainingJobs", "sagemaker:ListTags", "sagemaker:ListEndpoints", "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel", "sagemaker:DeleteEndpoint", "iam:GetRole", "iam:PassRole",
        "ecr:DescribeImages", "servicequotas:ListServiceQuotas", "cloudwatch:GetMetricData", "batch:SubmitJob", "batch:TagResource",
        "batch:ListJobs", "batch:DescribeJobs", "batch:TerminateJob", "batch:DescribeJobQueues", "batch:DescribeJobDefinitions",
        "batch:DescribeComputeEnvironments", "logs:DescribeLogStreams", "logs:GetLogEvents",
    }  # fmt: skip
    told = {action for one in statements("worker") for action in one["Action"] if action.partition(":")[0] in COSTS}
    assert told == asked
    assert not any("*" in action for action in told)


def test_nothing_that_costs_money_starts_without_its_tags() -> None:
    for action in ("sagemaker:CreateTrainingJob", "batch:SubmitJob"):
        (one,) = granted(action)
        assert one["Condition"]["StringEquals"] == {f"aws:RequestTag/{DEPLOYMENT}": "BUCKET"}
        assert one["Condition"]["Null"] == {f"aws:RequestTag/{EXPIRES}": "false"}


def test_only_what_carries_our_tag_may_be_ended() -> None:
    for one in statements("worker"):
        ends = [action for action in one["Action"] if action.partition(":")[2].lower().startswith(("stop", "delete", "terminate"))]
        if any(action.partition(":")[0] in {"sagemaker", "batch"} for action in ends):
            assert one["Condition"] == {"StringEquals": {f"aws:ResourceTag/{DEPLOYMENT}": "BUCKET"}}


def test_only_looks_are_granted_on_everything() -> None:
    for one in statements("worker"):
        if "*" in one["Resource"]:
            assert all(action.partition(":")[2].lower().startswith(READS) for action in one["Action"])


def test_a_service_has_what_its_work_is_and_no_more() -> None:
    """SageMaker's by AWS's list of what a training job's role needs; none may read what is sealed, or change the lake's files."""
    assert folders("mlflow", READ) == folders("mlflow", WRITE) == folders("sagemaker", READ) == folders("sagemaker", WRITE) == set()
    assert folders("crawler", READ) == {Folder.RAW, Folder.CURATED, Folder.PREDICTIONS}
    assert folders("crawler", WRITE) == folders("crawler", DELETE) == set()
    assert {action for one in statements("sagemaker") for action in one["Action"]} == {
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "cloudwatch:PutMetricData",
    }  # fmt: skip
    for one in [*statements("sagemaker"), *statements("crawler"), *statements("mlflow")]:
        assert one["Effect"] == "Allow"
        assert not any("*" in action for action in one["Action"])
        if "*" in one["Resource"]:
            assert one["Action"] == ["ecr:GetAuthorizationToken"] or one["Condition"]["StringLike"].keys() == {
                "cloudwatch:namespace"
            }


def test_a_role_is_handed_on_to_its_own_service_alone() -> None:
    handed = {tuple(one["Resource"]): one["Condition"] for one in granted("iam:PassRole")}
    assert handed == {
        (f"arn:aws:iam::ACCOUNT:role/{role}",): {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
        for role, service in (("TRAINING", "sagemaker"), ("CRAWLER", "glue"))
    }


def test_alerts_and_notices_may_be_told_and_no_other_topic() -> None:
    (one,) = granted("sns:Publish")
    assert one["Resource"] == ["arn:aws:sns:*:ACCOUNT:BUCKET-alerts", "arn:aws:sns:*:ACCOUNT:BUCKET-notices"]


def test_nobody_else_pays_or_ends_anything() -> None:
    others = {action for role in ROLES if role != "worker" for one in statements(role) for action in one["Action"]}
    assert not {action for action in others if action.partition(":")[0] in COSTS}


def test_redshift_reads_the_two_tables_and_sees_only_what_counts_in_them() -> None:
    assert folders("warehouse", READ) == {Folder.CURATED, Folder.PREDICTIONS}
    assert folders("warehouse", WRITE) == folders("warehouse", DELETE) == set()
    glue = {resource for one in statements("warehouse") for resource in one["Resource"] if ":table/" in resource}
    assert glue == {f"arn:aws:glue:*:ACCOUNT:table/DATABASE/{table}" for table in TABLES}, "no table of what was refused"
    actions = [action for one in statements("warehouse") for action in one["Action"]]
    assert all(action.partition(":")[2].lower().startswith(READS) for action in actions if action != "glue:BatchGetPartition")


def test_who_loads_runs_statements_in_the_warehouse_and_follows_its_own() -> None:
    """By the calls that the tests of ``adapters.warehouse`` see."""
    granted_to_it = {action: one for one in statements("loader") for action in one["Action"]}
    assert set(granted_to_it) == {
        "redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement", "redshift-data:DescribeStatement",
        "redshift-data:GetStatementResult", "redshift-data:CancelStatement", "redshift-serverless:GetCredentials",
        "redshift:GetClusterCredentialsWithIAM", "secretsmanager:GetSecretValue",
    }  # fmt: skip
    for action, one in granted_to_it.items():
        own = one.get("Condition") == {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
        assert own == ("*" in one["Resource"]), action
    assert folders("loader", READ) == folders("loader", WRITE) == set(), "the lake is the worker's, whose policy this stands beside"
