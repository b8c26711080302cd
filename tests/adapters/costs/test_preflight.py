"""What is missing or wrong before a paid job starts: each thing alone, in words, and nothing is changed by looking."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.helpers.fake_account import IMAGE, NOW, ROLE, Account, forget, refused

from reviewloop.adapters.costs import preflight
from reviewloop.config import CostsConfig, load_config
from reviewloop.core.costs.prices import PaidJob
from reviewloop.errors import ConfigError, TransientError

TRAINING = PaidJob("sagemaker", "ml.g5.xlarge", 14400, volume_gb=50)
BATCH = PaidJob("batch", "g5.xlarge", 7200, attempts=4)
Spoil = Callable[[Account, pytest.MonkeyPatch], None]


def costs(**changed: object) -> CostsConfig:
    return load_config("aws").costs.model_copy(update=changed)


def wrong(job: PaidJob, of: CostsConfig | None = None) -> dict[str, str]:
    return {one.what: one.told for one in preflight.look(job, of or costs(), NOW) if not one.is_ok}


def setting(name: str, value: str) -> Spoil:
    def spoil(_: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(name, value)

    return spoil


def account_has(**changed: object) -> Spoil:
    def spoil(account: Account, _: pytest.MonkeyPatch) -> None:
        for name, value in changed.items():
            setattr(account, name, value)

    return spoil


def quota(name: str, value: float | None) -> Spoil:
    def spoil(account: Account, _: pytest.MonkeyPatch) -> None:
        account.quotas.pop(name)
        if value is not None:
            account.quotas[name] = value

    return spoil


def denied(operation: str) -> Spoil:
    def spoil(account: Account, _: pytest.MonkeyPatch) -> None:
        account.troubles[operation] = [refused("AccessDeniedException")] * 9

    return spoil


OF_SAGEMAKER = [
    ("account", account_has(number="999999999999"), "are those of account 999999999999"),
    ("account", setting("REVIEWLOOP_AWS_ACCOUNT", ""), "REVIEWLOOP_AWS_ACCOUNT: empty; the credentials are those of 123456789012"),
    ("account", account_has(now=NOW - timedelta(hours=2)), "clock is 120 minutes off AWS's"),
    ("region", setting("AWS_DEFAULT_REGION", "eu-west-1"), "is eu-west-1 .*REVIEWLOOP_AWS_REGION says us-east-1"),
    ("region", setting("REVIEWLOOP_AWS_REGION", ""), "REVIEWLOOP_AWS_REGION: empty"),
    ("bucket", account_has(buckets=set()), "there is no bucket lake"),
    ("bucket", account_has(bucket_region="eu-west-1"), "the bucket lake is in eu-west-1, and jobs run in us-east-1"),
    ("role", setting("REVIEWLOOP_SAGEMAKER_ROLE", ""), "REVIEWLOOP_SAGEMAKER_ROLE: empty"),
    ("role", setting("REVIEWLOOP_SAGEMAKER_ROLE", "training"), "training is no ARN of a role"),
    ("role", setting("REVIEWLOOP_SAGEMAKER_ROLE", ROLE.replace("1234", "9999")), "a role of account 999956789012"),
    ("role", account_has(roles={}), "there is no role training"),
    ("role", account_has(roles={"training": ["lambda.amazonaws.com"]}), "does not let sagemaker.amazonaws.com take it"),
    ("role", denied("GetRole"), r"we may not look at the role training \(iam:GetRole\)"),
    ("image", setting("REVIEWLOOP_TRAINING_IMAGE", "reviewloop:1.0"), "reviewloop:1.0 is no image in ECR"),
    (
        "image",
        setting("REVIEWLOOP_TRAINING_IMAGE", IMAGE.replace("us-east-1", "eu-west-1")),
        "is in eu-west-1, and jobs run in us-east-1",
    ),
    ("image", account_has(images={("reviewloop", "0.9")}), "1.0 is not there: build and push it"),
    ("image", account_has(images=set()), "1.0 is not there: build and push it"),
    ("quota", quota("ml.g5.xlarge for training job usage", 0), "is 0, and the job needs 1 machines"),
    ("quota", quota("ml.g5.xlarge for training job usage", None), "Service Quotas knows no 'ml.g5.xlarge for training job usage'"),
    ("quota", denied("ListServiceQuotas"), "not known, for we may not look at the quotas"),
]
OF_BATCH = [
    ("queue", setting("REVIEWLOOP_BATCH_QUEUE", ""), "REVIEWLOOP_BATCH_QUEUE: empty"),
    ("queue", account_has(queue={}), "there is no queue queue"),
    ("queue", account_has(queue={"state": "DISABLED", "status": "VALID"}), "is DISABLED"),
    ("definition", account_has(definition={}), "there is no active job definition definition"),
    ("machines", account_has(machines=["g5.xlarge", "optimal"]), "the queue may give a optimal: .*is not known"),
    ("machines", account_has(machines=["p3.2xlarge"]), "may give a p3.2xlarge for 3.06 USD an hour, .* name the dearest"),
    ("image", account_has(images=set()), "is not there"),
    ("role", account_has(definition={"image": IMAGE}), "is no ARN of a role"),
    ("quota", quota("Running On-Demand G and VT instances", 3), "is 3, and the job needs 4 vCPUs"),
]


def test_nothing_is_wrong_where_all_is_there_and_looking_changes_nothing(account: Account) -> None:
    for job in (TRAINING, BATCH):
        assert wrong(job) == {}
        preflight.require(job, costs(), NOW)
    assert account.calls
    assert account.changes() == []


@pytest.mark.parametrize(
    ("job", "what", "spoil", "words"),
    [*((TRAINING, *one) for one in OF_SAGEMAKER), *((BATCH, *one) for one in OF_BATCH)],
)
def test_each_thing_that_is_missing_is_said(
    account: Account, monkeypatch: pytest.MonkeyPatch, job: PaidJob, what: str, spoil: Spoil, words: str
) -> None:
    spoil(account, monkeypatch)
    forget()
    with pytest.raises(ConfigError, match=words) as told:
        preflight.require(job, costs(), NOW)
    assert str(told.value).startswith("preflight: the job does not start: ")
    assert "\n" not in str(told.value)
    assert what in wrong(job)
    assert account.changes() == []


@pytest.mark.parametrize(
    ("job", "of", "words"),
    [
        (TRAINING, costs(job_cap_usd=5.67), r"may cost 5.68 USD, and costs.job_cap_usd is 5.67"),
        (TRAINING, costs(job_cap_usd=0), "may cost 5.68 USD"),
        (replace(TRAINING, max_seconds=14400 * 30), costs(), r"120.0 h on ml.g5.xlarge may cost"),
        (replace(BATCH, max_seconds=14400), costs(job_cap_usd=16), r"16.0 h on g5.xlarge may cost 16.16 USD"),
        (replace(BATCH, instance_type=""), costs(), "a machine that nobody names is not known"),
        (replace(TRAINING, instance_type="ml.g6.xlarge"), costs(job_cap_usd=10**9), "the price of ml.g6.xlarge is not known"),
    ],
)
def test_a_price_over_the_cap_or_not_known_is_wrong(account: Account, job: PaidJob, of: CostsConfig, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        preflight.require(job, of, NOW)


def test_what_aws_does_not_answer_is_no_verdict(account: Account) -> None:
    account.troubles["GetRole"] = [refused("Throttling")]
    with pytest.raises(TransientError):
        preflight.require(TRAINING, costs(), NOW)


def test_without_credentials_one_line_says_so(account: Account) -> None:
    account.troubles["GetCallerIdentity"] = [refused("InvalidClientTokenId", 403)]
    assert list(wrong(TRAINING)) == ["account"]
