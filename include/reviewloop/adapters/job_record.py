"""What a fine-tune leaves behind, on its way into MLflow, the task's log and the lake's reports."""

import logging
from pathlib import Path

from reviewloop.adapters import s3, tracking, training_report, watch_files
from reviewloop.adapters.job_metrics import MetricsFollower
from reviewloop.adapters.jobs import LOG

log = logging.getLogger(__name__)


class JobRecord:
    """The record of the job ``job_key``, whose files lie in ``folder``. It may be kept again: nothing is told twice."""

    def __init__(self, folder: Path, run_id: str, job_key: str, batch_size: int) -> None:
        self.folder = folder
        self.run_id = run_id
        self.warnings: list[str] = []
        """What the watch warned of so far, a sentence each."""
        self._page_uri = s3.lake_uri("reports", "training", job_key[:16], "index.html")
        self._metrics = MetricsFollower(folder / "metrics.jsonl", run_id, batch_size)
        self._seen: set[str] = set()

    def forward(self) -> None:
        """Tell what is new: metrics and findings."""
        self._metrics.forward()
        for finding in watch_files.forward_findings(self.folder, self.run_id, self._seen):
            sentence = f"{finding['rule']} at step {finding['step']}: {finding['saw']}. {finding['advice']}"
            if finding["action"] == "note":
                log.info("noted: %s", sentence)
            else:
                log.warning("warned: %s", sentence)
                self.warnings.append(sentence)

    def keep(self) -> str:
        """Tell the rest and store log, watch files and report; returns the URI of the report's page."""
        self.forward()
        watch_files.log_files(self.folder, self.run_id)
        tracking.log_bytes(self.run_id, LOG, (self.folder / LOG).read_bytes())
        page = training_report.build(self.folder)
        tracking.log_bytes(self.run_id, "report.html", page)
        return s3.write_bytes(self._page_uri, page, "text/html; charset=utf-8")

    def keep_failed(self) -> str | None:
        """The same for a job that failed, and close its run; None where that fails too, which must not hide why the job did."""
        try:
            page_uri = self.keep()
            tracking.finish(self.run_id, "FAILED")
        except Exception:
            log.exception("the record of the failed job is not complete")
            return None
        return page_uri
