"""The pipelines of GitHub and GitLab, held to their schemas and to our rules; each rule is seen to bite."""

import copy
import json
import os
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SHIP, GITLAB = ROOT / ".github" / "workflows" / "ship.yml", ROOT / ".gitlab-ci.yml"
MAY = {
    "check": {"contents": "read"},
    "build": {"contents": "read", "packages": "write", "id-token": "write"},
    "staging": {"contents": "read", "packages": "write", "id-token": "write"},
    "prod": {"contents": "read", "packages": "read", "id-token": "write"},
}
"""What a job of ship.yml may do, and no more."""
FROM_BUILD = "${{ needs.build.outputs.image }}"

Pipeline = dict[str, Any]


def read(path: Path) -> Pipeline:
    """YAML of 1.2, as both services read it: ``on`` is a word."""
    return dict(yaml.load(path.read_text(), yaml.BaseLoader))


def schema(name: str) -> Any:
    return json.loads(files("check_jsonschema").joinpath(f"builtin_schemas/vendor/{name}.json").read_text())


def github_faults(pipeline: Pipeline) -> Iterator[str]:
    """What breaks a rule of ours in a workflow of GitHub."""
    if pipeline.get("permissions") != {}:
        yield "a workflow may nothing by itself: permissions: {}"
    for name, job in pipeline["jobs"].items():
        if "permissions" not in job or not isinstance(job["permissions"], dict):
            yield f"{name}: says what it may do"
        if "timeout-minutes" not in job:
            yield f"{name}: ends some time"
        for step in job["steps"]:
            if "uses" in step and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]):
                yield f"{name}: {step['uses']}: an action is named by its commit"
            yield from (f"{name}: {fault}" for fault in command_faults(step.get("run", ".ci/run")))
    for secret in re.findall(r"secrets\.(\w+)", json.dumps(pipeline)):
        if secret != "GITHUB_TOKEN":
            yield f"secrets.{secret}: no secret is kept but the job's own token"


def ship_faults(pipeline: Pipeline) -> Iterator[str]:
    """What breaks the way of one digest from the build to prod."""
    jobs = pipeline["jobs"]
    for name, allowed in MAY.items():
        if jobs[name]["permissions"] != allowed:
            yield f"{name} may {jobs[name]['permissions']}, not {allowed}"
    if jobs["build"]["needs"] != "check" or jobs["staging"]["needs"] != "build":
        yield "check, build and staging follow each other"
    if set(jobs["prod"]["needs"]) != {"build", "staging"}:
        yield "prod waits for staging"
    if jobs["build"]["outputs"] != {"image": "${{ steps.build.outputs.image }}"}:
        yield "what was built is named by the build"
    for name in ("staging", "prod"):
        if jobs[name]["env"]["IMAGE"] != FROM_BUILD or not any(f'.ci/deploy {name} "$IMAGE"' == run for run in runs(jobs[name])):
            yield f"{name} deploys what was built"
        if jobs[name]["environment"] != name:
            yield f"{name} is an environment"
    if not runs(jobs["staging"])[-1].startswith(".ci/examine"):
        yield "staging ends with the exam"


def gitlab_faults(pipeline: Pipeline) -> Iterator[str]:
    """The same for GitLab."""
    jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and "script" in job}
    for name, job in jobs.items():
        for line in job["script"]:
            yield from (f"{name}: {fault}" for fault in command_faults(line))
        image = job.get("image") or pipeline[job["extends"]]["image"]
        if not re.search(r":\d+\.\d+\.\d+", image):
            yield f"{name}: {image}: an image is named by its version"
    if jobs["build"]["artifacts"]["reports"]["dotenv"] != "image.env":
        yield "what was built is named by the build"
    if set(jobs["prod"]["needs"]) != {"build", "staging"} or jobs["staging"]["needs"] != ["build"]:
        yield "prod waits for staging"
    for name in ("staging", "prod"):
        if f'.ci/deploy {name} "$image"' not in jobs[name]["script"]:
            yield f"{name} deploys what was built"
    if not jobs["staging"]["script"][-1].startswith(".ci/examine"):
        yield "staging ends with the exam"
    stages = [pipeline["stages"].index(jobs[name]["stage"]) for name in ("check", "build", "staging", "prod")]
    if stages != sorted(set(stages)):
        yield "check, build and staging follow each other"


def runs(job: Pipeline) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def command_faults(line: str) -> Iterator[str]:
    """A line that runs is one script of ours with its arguments, so that it runs by hand, too, and is tested."""
    script = ROOT / line.split()[0]
    if not line.startswith(".ci/") or not script.is_file() or not os.access(script, os.X_OK):
        yield f"{line}: is no script of .ci"
    if re.search(r"[;&|`\n]|\$\{\{", line.replace("$(cut -d= -f2- image.env)", "")):
        yield f"{line}: is more than one script with arguments"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_fits_githubs_schema_and_our_rules(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text().replace("\non:", '\n"on":')), schema("github-workflows"))
    assert list(github_faults(read(path))) == []


def test_one_digest_goes_from_the_build_through_staging_to_prod() -> None:
    assert list(ship_faults(read(SHIP))) == []


def test_gitlabs_file_fits_its_schema_and_our_rules() -> None:
    jsonschema.validate(yaml.safe_load(GITLAB.read_text()), schema("gitlab-ci"))
    assert list(gitlab_faults(read(GITLAB))) == []


def test_both_pipelines_run_the_same_scripts_in_the_same_order() -> None:
    github, gitlab = read(SHIP)["jobs"], read(GITLAB)
    for name in MAY:
        ours = [run.split()[0] for run in runs(github[name])]
        theirs = [line.split()[0] for line in gitlab[name]["script"] if not line.startswith(".ci/tools")]
        assert ours == theirs, name


def test_an_action_says_which_version_its_commit_is() -> None:
    for path in WORKFLOWS:
        used = re.findall(r"uses: (\S+)(.*)", path.read_text())
        assert used
        assert all(re.fullmatch(r" # v\d+\.\d+\.\d+", comment) for _, comment in used), path.name


Change = Callable[[Any], object]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p.update(permissions="write-all"), "may nothing by itself"),
        (lambda p: p["jobs"]["check"].pop("permissions"), "check: says what it may do"),
        (lambda p: p["jobs"]["check"].pop("timeout-minutes"), "check: ends some time"),
        (lambda p: p["jobs"]["check"]["steps"][0].update(uses="actions/checkout@v7"), "named by its commit"),
        (lambda p: p["jobs"]["check"]["steps"][1].update(run="make test"), "no script of .ci"),
        (lambda p: p["jobs"]["check"]["steps"][1].update(run=".ci/gone"), "no script of .ci"),
        (lambda p: p["jobs"]["check"]["steps"][1].update(run=".ci/run || true"), "more than one script"),
        (lambda p: p["jobs"]["check"]["steps"][1].update(run=".ci/deploy ${{ github.head_ref }}"), "more than one script"),
        (lambda p: p["env"].update(KEY="${{ secrets.AWS_SECRET }}"), "secrets.AWS_SECRET"),
    ],
)  # fmt: skip
def test_a_fault_in_a_workflow_is_found(change: Change, told: str) -> None:
    planted = copy.deepcopy(read(SHIP))
    change(planted)
    assert any(told in fault for fault in github_faults(planted))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda jobs: jobs["check"]["permissions"].update({"id-token": "write"}), "check may"),
        (lambda jobs: jobs["build"].pop("permissions") and jobs["build"].update(permissions={}), "build may"),
        (lambda jobs: jobs["prod"].update(needs=["build"]), "prod waits for staging"),
        (lambda jobs: jobs["staging"].update(needs="check"), "follow each other"),
        (lambda jobs: jobs["prod"]["env"].update(IMAGE="reviewloop:latest"), "prod deploys what was built"),
        (lambda jobs: jobs["build"]["outputs"].update(image="reviewloop:latest"), "named by the build"),
        (lambda jobs: jobs["staging"]["steps"].pop(), "ends with the exam"),
        (lambda jobs: jobs["prod"].update(environment="staging"), "prod is an environment"),
    ],
)  # fmt: skip
def test_a_way_around_staging_is_found(change: Change, told: str) -> None:
    planted = copy.deepcopy(read(SHIP))
    change(planted["jobs"])
    assert any(told in fault for fault in ship_faults(planted))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda p: p["prod"].update(needs=["build"]), "prod waits for staging"),
        (lambda p: p["prod"]["script"].__setitem__(-1, ".ci/deploy prod reviewloop:latest"), "prod deploys what was built"),
        (lambda p: p["staging"]["script"].pop(), "ends with the exam"),
        (lambda p: p["check"].update(image="python:latest"), "named by its version"),
        (lambda p: p["check"].update(script=["make test"]), "no script of .ci"),
        (lambda p: p["staging"].update(stage="prod"), "follow each other"),
    ],
)  # fmt: skip
def test_a_fault_in_gitlabs_file_is_found(change: Change, told: str) -> None:
    planted = copy.deepcopy(read(GITLAB))
    change(planted)
    assert any(told in fault for fault in gitlab_faults(planted))
