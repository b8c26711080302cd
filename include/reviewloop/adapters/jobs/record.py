"""What a fine-tune leaves behind, on its way into MLflow, the task's log and the lake's reports."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reviewloop.adapters.jobs import report, watch_files
from reviewloop.adapters.jobs.metrics import MetricsFollower
from reviewloop.adapters.jobs.process import LOG, RESULT
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow import runs
from reviewloop.pages.links import Links

log = logging.getLogger(__name__)


class JobRecord:
    """The record of the job ``job_key``, whose files lie in ``folder``. It may be kept again: nothing is told twice."""

    def __init__(self, folder: Path, run_id: str, job_key: str, parameters: Mapping[str, Any]) -> None:
        self.warnings: list[str] = []
        """What the watch warned of so far, a sentence each."""
        self._folder = folder
        self._run_id = run_id
        self._job_key = job_key
        self._parameters = parameters
        self._page_uri = places.reports("training", job_key[:16], "index.html")
        self._followers = _followers(folder, run_id, parameters)
        self._seen: set[str] = set()

    def forward(self) -> None:
        """Tell what is new: metrics and findings."""
        for follower in self._followers:
            follower.forward()
        for finding in watch_files.forward_findings(self._folder, self._run_id, self._seen):
            sentence = f"{finding['rule']} at step {finding['step']}: {finding['saw']}. {finding['advice']}"
            if finding["action"] == "note":
                log.info("noted: %s", sentence)
            else:
                log.warning("warned: %s", sentence)
                self.warnings.append(sentence)

    def keep(self) -> str:
        """Tell the rest and store log, watch files and report; returns the URI of the report's page."""
        self.forward()
        job = self._folder / "job.json"
        if not job.exists():  # it ran elsewhere, and was told by other means
            job.write_text(json.dumps(dict(self._parameters)), encoding="utf-8")
        result = self._folder / RESULT
        if result.exists():
            told = json.loads(result.read_text(encoding="utf-8"))
            runs.log_params(self._run_id, {"base_model_digest": told["base_model_digest"]})
        watch_files.log_files(self._folder, self._run_id)
        runs.log_bytes(self._run_id, LOG, (self._folder / LOG).read_bytes())
        runs.log_bytes(self._run_id, "report.html", report.build(self._folder, None))  # no link leads from MLflow to the reports
        links = Links(depth=2, job=self._job_key, mlflow=runs.run_url(self._run_id))
        return s3.write_bytes(self._page_uri, report.build(self._folder, links), "text/html; charset=utf-8")

    def keep_failed(self) -> str | None:
        """The same for a job that failed, and close its run; None where that fails too, which must not hide why the job did."""
        try:
            page_uri = self.keep()
            runs.finish(self._run_id, "FAILED")
        except Exception:
            log.exception("the record of the failed job is not complete")
            return None
        return page_uri


def _followers(folder: Path, run_id: str, parameters: Mapping[str, Any]) -> list[MetricsFollower]:
    """One for the job's metrics; with several seeds that is the best one's at the end, and each has its own while it trains."""
    first, num_seeds, batch_size = parameters["seed"], parameters["num_seeds"], parameters["batch_size"]
    seeds = [f"seed-{seed}" for seed in range(first, first + num_seeds)] if num_seeds > 1 else []
    own = [MetricsFollower(folder / name / "metrics.jsonl", run_id, batch_size, f"{name}.") for name in seeds]
    return [*own, MetricsFollower(folder / "metrics.jsonl", run_id, batch_size)]
