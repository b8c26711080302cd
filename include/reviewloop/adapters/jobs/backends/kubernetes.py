"""Fine-tunes as jobs of a Kubernetes cluster: a pod of the project's image, as a PodTemplate of the deployment describes it."""

import logging
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.jobs.backends import stored_job
from reviewloop.adapters.jobs.backends.account import job_name, numbered, required
from reviewloop.adapters.jobs.backends.cluster import TIMEOUT, answer_or_none, as_fields, asking_cluster, jobs, pods
from reviewloop.adapters.jobs.process import CANCELLED, State, failure
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import places, s3
from reviewloop.config import KubernetesConfig
from reviewloop.errors import JobFailed, PermanentError, TransientError

log = logging.getLogger(__name__)

JOB_ID: Final = "REVIEWLOOP_JOB_ID"
"""Tells the container by which job it runs."""
NO_OUTPUT: Final = "(no output)"
_MAX_LINES: Final = 10_000
_ENTRY: Final = ["python", "-m", "reviewloop.adapters.jobs.backends.container"]
_LABEL: Final = "batch.kubernetes.io/job-name"
_GPU: Final = "nvidia.com/gpu"
_KILLED: Final = [137, 143]
"""A container's exit statuses that another pod mends: killed, or told to stop; see ``container``."""
_NAME: Final = re.compile(r"reviewloop-[0-9a-f]{6}-(.+)-\d+")


class KubernetesBackend:
    """A job's id is its name, which a namespace gives once: a second submission of the same name is refused, and found.

    The cluster starts another pod where one was lost or killed, and each goes on from the last state in S3. A job that ended is
    deleted with its pods after ``keep_seconds``; what it came to is in S3. One that is cancelled is deleted at once, and a note in
    S3 says so; another try has the next number at its end.
    """

    poll_seconds = 30.0

    def __init__(self, config: KubernetesConfig) -> None:
        """Raises ``ConfigError`` where the namespace or the template is not set."""
        self._config = config
        self._namespace = required("kubernetes_namespace", "the namespace that jobs run in")
        self._template = required("kubernetes_template", "the name of the PodTemplate that has the project's image")

    def submit(self, spec: JobSpec) -> str:
        """See ``Backend``. Raises ``TransientError`` while the pods of a cancelled try still end: two would write one state."""
        uri = _uri(spec.name)
        s3.write_json(f"{uri}/job.json", asdict(spec))
        for name in numbered(job_name(spec.name)):
            job = self._read(name)
            if _is_ending(job):
                raise TransientError(f"job {name}: it is being deleted, and its pods are still ending")
            state = self._state(name, job)
            if state == "lost":
                self._create(name, uri, spec.num_gpus)
            if state != "failed":
                return name
        raise AssertionError("numbers do not end")

    def status(self, job_id: str) -> State:
        """See ``Backend``."""
        return self._state(job_id, self._read(job_id))

    def cancel(self, job_id: str) -> None:
        """See ``Backend``. The pods are told to stop, and have their grace period to do so."""
        job = self._read(job_id)
        uri = _uri_of(job_id)
        if job is None or uri is None or _ended(job):
            return
        s3.write_json(_note(uri, job_id), {"at": datetime.now(UTC).isoformat(timespec="seconds")})  # first: it outlives the job
        with asking_cluster(f"delete the job {job_id}"):
            answer_or_none(
                lambda: jobs().delete_namespaced_job(job_id, self._namespace, propagation_policy="Foreground", **TIMEOUT),
            )

    def result(self, job_id: str, folder: Path) -> None:
        """See ``Backend``."""
        job, uri = self._read(job_id), _uri_of(job_id)
        state = self._state(job_id, job)
        if uri is None or state == "lost":
            raise TransientError(f"job {job_id}: the cluster does not know it, and it has no result")
        if state == "running":
            raise PermanentError(f"job {job_id}: it still runs, and has no result yet")
        if state == "succeeded":
            stored_job.fetch_result(uri, folder)
            return
        reason = CANCELLED if job is None or _is_ending(job) else _reason(job)
        stored_job.fetch_left(uri, job_id, folder, reason, self.logs(job_id, _MAX_LINES))
        raise JobFailed(f"the job {job_id} failed: {failure(folder)}; its log ends:\n{self.logs(job_id)}")

    def logs(self, job_id: str, num_lines: int = 20) -> str:
        """See ``Backend``. Of the newest pod; where it is gone, of what it kept in S3."""
        with asking_cluster(f"read the log of {job_id}"):
            found = pods().list_namespaced_pod(self._namespace, label_selector=f"{_LABEL}={job_id}", **TIMEOUT).items
            answer = None
            if found:
                newest = max(found, key=lambda pod: pod.metadata.creation_timestamp)
                # As bytes, of which the client would make the text "b'...'": findings/kubernetes-log-is-the-repr-of-bytes.sh.
                # 400: its container has not begun.
                words: dict[str, Any] = {"tail_lines": num_lines, "_preload_content": False, **TIMEOUT}
                answer = answer_or_none(
                    lambda: pods().read_namespaced_pod_log(newest.metadata.name, self._namespace, **words),
                    frozenset({400, 404}),
                )
            text = answer.data.decode(errors="replace") if answer else ""
        uri = _uri_of(job_id)
        text = text or (stored_job.stored_log(uri, job_id) if uri else "")
        return "\n".join(text.splitlines()[-num_lines:]) or NO_OUTPUT

    def _state(self, job_id: str, job: Any) -> State:
        uri = _uri_of(job_id)
        if uri is None:
            return "lost"
        if job is None or _is_ending(job):
            if s3.exists(_note(uri, job_id)):
                return "failed"
            return "succeeded" if job is None and stored_job.is_finished(uri) else "lost"
        return _ended(job) or "running"

    def _read(self, job_id: str) -> Any:
        """The job; None where there is none of this name."""
        with asking_cluster(f"look for the job {job_id}"):
            return answer_or_none(lambda: jobs().read_namespaced_job(job_id, self._namespace, **TIMEOUT))

    def _create(self, name: str, uri: str, num_gpus: int) -> None:
        with asking_cluster(f"read the PodTemplate {self._template}"):
            template = as_fields(pods().read_namespaced_pod_template(self._template, self._namespace, **TIMEOUT).template)
        body = self._request(name, uri, num_gpus, template)
        with asking_cluster(f"submit the job {name}"):
            made = answer_or_none(lambda: jobs().create_namespaced_job(self._namespace, body, **TIMEOUT), frozenset({409}))
        log.info("submitted the job %s" if made else "found the job %s, submitted just now by another try", name)

    def _request(self, name: str, uri: str, num_gpus: int, template: dict[str, Any]) -> dict[str, Any]:
        metadata, pod = template.get("metadata") or {}, template["spec"]
        (container, *_) = pod["containers"]
        container["command"] = [*_ENTRY, uri]
        container["env"] = [*container.get("env", []), {"name": JOB_ID, "value": name}]
        if num_gpus:
            container.setdefault("resources", {}).setdefault("limits", {})[_GPU] = str(num_gpus)
        pod["restartPolicy"] = "Never"
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "labels": metadata.get("labels", {}), "annotations": {"reviewloop/job": uri}},
            "spec": {
                "activeDeadlineSeconds": self._config.max_seconds,
                "ttlSecondsAfterFinished": self._config.keep_seconds,
                "backoffLimit": self._config.restarts,
                "podFailurePolicy": {
                    "rules": [
                        # The machine was taken away: counts as no failure, and another pod goes on.
                        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                        # The program failed by itself and would fail again; one that was killed is started again.
                        {
                            "action": "FailJob",
                            "onExitCodes": {"containerName": container["name"], "operator": "NotIn", "values": _KILLED},
                        },
                    ]
                },
                "template": {"metadata": metadata, "spec": pod},
            },
        }


def _uri(name: str) -> str:
    return places.jobs("kubernetes", name)


def _uri_of(job_id: str) -> str | None:
    """Where the job of this id works; None for a name that is none of ours."""
    found = _NAME.fullmatch(job_id)
    return _uri(found[1]) if found else None


def _note(uri: str, job_id: str) -> str:
    return f"{uri}/cancelled/{job_id}.json"


def _is_ending(job: Any) -> bool:
    return job is not None and job.metadata.deletion_timestamp is not None


def _conditions(job: Any) -> dict[str, Any]:
    return {one.type: one for one in (job.status.conditions if job.status else None) or [] if one.status == "True"}


def _ended(job: Any) -> State | None:
    conditions = _conditions(job)
    return "succeeded" if "Complete" in conditions else "failed" if "Failed" in conditions else None


def _reason(job: Any) -> str:
    told = _conditions(job).get("Failed")
    return ": ".join(words for words in (told.reason, told.message) if words) if told else "it failed, and nobody said why"
