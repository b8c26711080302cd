"""The scripts of the pipelines, run for real; the programs that they call are stand-ins that keep what they were asked."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "sha256:" + "a1" * 32
IMAGE = f"registry.example/reviewloop@{DIGEST}"
LOCK = "torch==2.13.0 \\\n    --hash=sha256:00\nPyYAML==6.0.3 \\\n    --hash=sha256:01\n"
STAND_IN = """#!/usr/bin/env bash
echo "$(basename "$0") $*" >>"$CALLS"
if [ ! -t 0 ] && [[ "$*" == *"--filename -"* ]]; then cat >>"$APPLIED"; fi
program=$(basename "$0")_$1
[ "$1" = buildx ] && while [ $# -gt 0 ]; do [ "$1" = --metadata-file ] && echo "$METADATA" >"$2"; shift; done
[ "$1" = scan ] && echo "$BILL" >"${@: -1}" && cp "${@: -1}" "$(sed 's/.*=//' <<<"${@: -1}")"
[ "$program" = cosign_verify-attestation ] && [[ "$*" == *test-result* ]] && { [ -n "$ATTESTED" ] || exit 1; echo "$ATTESTED"; }
[[ "$*" == *jsonpath* ]] && echo "$ENDED"
[[ " $REFUSES " == *" $program "* ]] && exit 1
exit 0
"""


class Desk:
    """A folder with the scripts, and stand-ins for the programs that they call."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls, self.applied = folder / "repo", folder / "calls", folder / "applied"
        self.folder.mkdir()
        shutil.copytree(ROOT / ".ci", self.folder / ".ci")
        shutil.copytree(ROOT / "deploy" / "kubernetes", self.folder / "deploy" / "kubernetes")
        (self.folder / "requirements.txt").write_text(
            "torch==2.13.0 \\\n    --hash=sha256:00\nPyYAML==6.0.3 \\\n    --hash=sha256:01\n"
        )
        (folder / "bin").mkdir()
        for program in ("docker", "cosign", "syft", "kubectl", "helm", "aws"):
            path = folder / "bin" / program
            path.write_text(STAND_IN)
            path.chmod(0o755)
        for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
            subprocess.run(["git", *command], cwd=self.folder, check=True)
        self.commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=self.folder, text=True).strip()
        self.env = {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "CALLS": str(self.calls),
            "APPLIED": str(self.applied),
            "SIGNER_IDENTITY": "https://forge.example/reviewloop/ship.yml@refs/heads/main",
            "SIGNER_ISSUER": "https://forge.example",
            "METADATA": json.dumps({"containerimage.digest": DIGEST}),
            "EXAM_POLL_SECONDS": "0",
            "ATTESTED": "",
            "REFUSES": "",
            "ENDED": "",
            "BILL": "{}",
        }

    def run(self, script: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        pipes: Any = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
        command, everything = [f".ci/{script}", *words], self.env | env
        return subprocess.run(command, cwd=self.folder, env=everything, timeout=60, check=False, **pipes)

    def asked(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def attestation(digest: str = DIGEST, result: str = "PASSED", where: str = "staging", passed: tuple[str, ...] = ("a",)) -> str:
    statement = {
        "subject": [{"digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicate": {"result": result, "configuration": [{"name": where}], "passedTests": passed},
    }
    return json.dumps({"payload": base64.b64encode(json.dumps(statement).encode()).decode()})


def test_an_image_is_built_of_the_commit_and_named_by_its_digest(desk: Desk, tmp_path: Path) -> None:
    told = tmp_path / "output"
    done = desk.run("build-image", "registry.example/reviewloop", desk.commit, str(told))
    assert done.returncode == 0, done.stderr
    assert told.read_text() == f"image={IMAGE}\n"
    (asked,) = desk.asked()
    assert f"--push --tag registry.example/reviewloop:{desk.commit} --build-arg REVIEWLOOP_GIT_COMMIT={desk.commit}" in asked


def test_what_is_not_the_commit_as_it_was_committed_is_not_built(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("build-image", "r", "0" * 40, str(tmp_path / "output")).returncode == 1
    (desk.folder / "requirements.txt").write_text("torch==2.13.1\n")
    done = desk.run("build-image", "r", desk.commit, str(tmp_path / "output"))
    assert "is not commit" in done.stderr
    assert desk.asked() == []
    assert not (tmp_path / "output").exists()


def test_a_builder_without_a_digest_is_an_error(desk: Desk, tmp_path: Path) -> None:
    done = desk.run("build-image", "r", desk.commit, str(tmp_path / "output"), METADATA='{"containerimage.digest": "latest"}')
    assert "gave no digest, but: latest" in done.stderr
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("components", "told"),
    [
        ([{"name": "torch", "version": "2.13.0+cpu"}, {"name": "pyyaml", "version": "6.0.3"}], "all 2 pins of the lock among them"),
        ([{"name": "torch", "version": "2.13.0"}], "1 pins of the lock are not in the bill of materials: PyYAML==6.0.3"),
        ([{"name": "torch", "version": "2.12.0"}, {"name": "PyYAML", "version": "6.0.3"}], "torch==2.13.0"),
    ],
)
def test_a_bill_of_materials_has_every_pin_of_the_lock(desk: Desk, components: list[dict[str, str]], told: str) -> None:
    done = desk.run("describe-image", IMAGE, "bom.json", BILL=json.dumps({"components": components}))
    assert told in done.stdout + done.stderr
    assert (done.returncode == 0) is ("all" in told)
    assert f"syft scan registry:{IMAGE}" in desk.asked()[0]


def test_image_and_bill_are_signed_without_a_key(desk: Desk) -> None:
    assert desk.run("sign-image", IMAGE, "bom.json").returncode == 0
    assert desk.asked() == [
        f"cosign sign --yes {IMAGE}",
        f"cosign attest --yes --type cyclonedx --predicate bom.json {IMAGE}",
    ]


@pytest.mark.parametrize("name", ["registry.example/reviewloop:latest", f"reviewloop:1@{DIGEST[:-1]}", DIGEST])
def test_an_image_that_is_not_named_by_a_digest_goes_nowhere(desk: Desk, name: str) -> None:
    done = desk.run("deploy", "staging", name)
    assert done.returncode == 1
    assert "an image is named by its digest" in done.stderr
    assert desk.asked() == []


@pytest.mark.parametrize("refused", ["cosign_verify", "cosign_verify-attestation"])
def test_what_this_pipeline_has_not_signed_goes_nowhere(desk: Desk, refused: str) -> None:
    assert desk.run("deploy", "staging", IMAGE, REFUSES=refused).returncode != 0
    assert not [asked for asked in desk.asked() if asked.startswith(("helm", "kubectl"))]


def test_an_environment_without_an_overlay_is_named(desk: Desk) -> None:
    assert "there is no deploy/kubernetes/moon.yaml" in desk.run("deploy", "moon", IMAGE).stderr


def test_staging_takes_a_signed_image_by_its_digest(desk: Desk) -> None:
    done = desk.run("deploy", "staging", IMAGE)
    assert done.returncode == 0, done.stderr
    (helm,) = [asked for asked in desk.asked() if asked.startswith("helm")]
    assert f"images.airflow.digest={DIGEST}" in helm
    assert "--values deploy/kubernetes/values.yaml --values deploy/kubernetes/staging.yaml" in helm
    assert "--atomic" in helm
    assert "reviewloop-staging" in helm
    assert f"image: {IMAGE}" in desk.applied.read_text()
    assert "REVIEWLOOP_IMAGE\n" not in desk.applied.read_text()


@pytest.mark.parametrize(
    "attested",
    [
        "",
        attestation(result="FAILED"),
        attestation(digest="sha256:" + "b2" * 32),
        attestation(where="dev"),
        attestation(passed=()),
    ],
    ids=["none", "failed", "another-image", "elsewhere", "nothing-tested"],
)
def test_prod_refuses_what_has_not_passed_staging(desk: Desk, attested: str) -> None:
    done = desk.run("deploy", "prod", IMAGE, ATTESTED=attested)
    assert done.returncode != 0
    assert not [asked for asked in desk.asked() if asked.startswith(("helm", "kubectl"))]


def test_prod_takes_the_digest_that_passed(desk: Desk) -> None:
    done = desk.run("deploy", "prod", IMAGE, ATTESTED=attestation(result="FAILED") + "\n" + attestation())
    assert done.returncode == 0, done.stderr
    assert f"images.airflow.digest={DIGEST}" in next(asked for asked in desk.asked() if asked.startswith("helm"))


def test_who_passes_the_exam_is_attested_with_what_it_passed(desk: Desk) -> None:
    done = desk.run("examine", IMAGE, ENDED="SuccessCriteriaMet Complete")
    assert done.returncode == 0, done.stderr
    assert desk.asked()[-1].startswith("cosign attest --yes --type https://in-toto.io/attestation/test-result/v0.1 --predicate ")
    assert desk.asked()[-1].endswith(IMAGE)
    assert f"image: {IMAGE}" in desk.applied.read_text()


def test_who_fails_the_exam_is_not_attested(desk: Desk) -> None:
    done = desk.run("examine", IMAGE, ENDED="FailureTarget Failed")
    assert done.returncode == 1
    assert "did not pass staging" in done.stderr
    assert not [asked for asked in desk.asked() if asked.startswith("cosign")]


def test_the_cluster_is_reached_by_the_jobs_own_token(desk: Desk, tmp_path: Path) -> None:
    token = tmp_path / "token"
    places = {"EKS_CLUSTER": "loop", "AWS_ROLE_ARN": "arn", "AWS_REGION": "eu-central-1", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}
    done = desk.run("reach-cluster", AWS_ID_TOKEN="a.b.c", **places)
    assert done.returncode == 0, done.stderr
    assert token.read_text() == "a.b.c"
    assert token.stat().st_mode & 0o077 == 0
    assert desk.asked() == ["aws eks update-kubeconfig --name loop --region eu-central-1"]
    assert "AWS_ROLE_ARN: the role that may deploy" in desk.run("reach-cluster", EKS_CLUSTER="loop").stderr


def test_the_password_of_the_registry_is_no_argument(desk: Desk) -> None:
    done = desk.run("login", IMAGE_REGISTRY="registry.example", IMAGE_USER="ada", IMAGE_PASSWORD="hidden")
    assert done.returncode == 0
    assert desk.asked() == ["docker login --username ada --password-stdin registry.example"]


def test_a_program_that_is_missing_is_named(desk: Desk) -> None:
    assert desk.run("tools", "bash", "git").returncode == 0
    done = desk.run("tools", "bash", "no-such-program", PATH="/usr/bin:/bin")
    assert "no-such-program" in done.stderr
    assert done.returncode == 1
