"""A cluster's API server on this machine, spoken to over HTTP by the official client: jobs, pods, logs, templates.

It stores what it is given as the API does (a name once, strict fields, deletion in the foreground while pods end). The test plays
the machines: ``start_pod``, ``lose_pod``, ``ends`` and ``expire`` do what the cluster's controllers would.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml
from tests.helpers.kubernetes_api import faults

NAMESPACE = "loop"
TEMPLATE = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes" / "training.yaml"
LABEL = "batch.kubernetes.io/job-name"

Thing = dict[str, Any]


class FakeCluster:
    """What the server holds, by name."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, Thing] = {}
        self.pods: dict[str, Thing] = {}
        self.logs: dict[str, str] = {}
        self.templates = {
            document["metadata"]["name"]: document
            for document in yaml.safe_load_all(TEMPLATE.read_text())
            if document["kind"] == "PodTemplate"
        }
        self.created: list[str] = []
        self.refusing: int | None = None
        """A status that every request gets instead of its answer."""
        self.stopping_pods = False
        """Whether pods take their time to end when their job is deleted."""
        self.requests: list[tuple[str, str]] = []
        self.began = datetime.now(UTC)

    def start_pod(self, job: str) -> str:
        """Another pod of the job, as its controller starts it."""
        with self.lock:
            number = sum(pod["metadata"]["labels"][LABEL] == job for pod in self.pods.values()) + len(self.logs)
            name = f"{job}-{number}"
            at = (self.began + timedelta(seconds=len(self.pods) + number)).isoformat()
            metadata = {"name": name, "labels": {LABEL: job}, "creationTimestamp": at}
            self.pods[name] = {"metadata": metadata, "spec": self.jobs[job]["spec"]["template"]["spec"]}
            return name

    def lose_pod(self, name: str) -> None:
        """The machine is gone, and with it the pod and its log."""
        with self.lock:
            del self.pods[name]
            self.logs.pop(name, None)

    def ends(self, job: str, exit_status: int) -> None:
        """What the job's controller makes of a container that ended so, by the job's own rules."""
        with self.lock:
            book = self.jobs[job]
            fatal = [rule["onExitCodes"]["values"] for rule in book["spec"]["podFailurePolicy"]["rules"] if "onExitCodes" in rule]
            if exit_status == 0:
                book["status"] = {"succeeded": 1, "conditions": [condition("SuccessCriteriaMet"), condition("Complete")]}
            elif exit_status not in fatal[0]:
                told = f"Container failed with exit code {exit_status} matching FailJob rule at index 1"
                book["status"] = {"failed": 1, "conditions": [condition("Failed", "PodFailurePolicy", told)]}
            else:
                book["status"] = {"failed": book.get("status", {}).get("failed", 0) + 1}
                if book["status"]["failed"] > book["spec"]["backoffLimit"]:
                    book["status"]["conditions"] = [condition("Failed", "BackoffLimitExceeded", "the backoff limit is reached")]

    def expire(self, job: str) -> None:
        """The time after its end is over: the job goes, and its pods."""
        with self.lock:
            del self.jobs[job]
            self.pods = {name: pod for name, pod in self.pods.items() if pod["metadata"]["labels"][LABEL] != job}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Thing | None) -> tuple[int, Any]:
        """Status and body."""
        with self.lock:
            self.requests.append((method, path))
            if self.refusing:
                return self.refusing, status("refused")
            match method, path.strip("/").split("/"):
                case "POST", ["apis", "batch", "v1", "namespaces", _, "jobs"] if body:
                    return self._create(body)
                case "GET", ["apis", "batch", "v1", "namespaces", _, "jobs", name]:
                    return (200, self.jobs[name]) if name in self.jobs else (404, status(f'jobs "{name}" not found'))
                case "DELETE", ["apis", "batch", "v1", "namespaces", _, "jobs", name]:
                    return self._delete(name, (query.get("propagationPolicy") or [(body or {}).get("propagationPolicy", "")])[0])
                case "GET", ["api", "v1", "namespaces", _, "podtemplates", name]:
                    return (200, self.templates[name]) if name in self.templates else (404, status("no template"))
                case "GET", ["api", "v1", "namespaces", _, "pods"]:
                    wanted = query["labelSelector"][0].partition("=")[2]
                    return 200, {"items": [pod for pod in self.pods.values() if pod["metadata"]["labels"][LABEL] == wanted]}
                case "GET", ["api", "v1", "namespaces", _, "pods", name, "log"]:
                    if name not in self.logs:
                        return 400, status("container is waiting to start")
                    return 200, "".join(self.logs[name].splitlines(keepends=True)[-int(query["tailLines"][0]) :])
        return 404, status(f"{method} {path}")

    def _create(self, body: Thing) -> tuple[int, Any]:
        name = body["metadata"]["name"]
        if wrong := faults(body):
            return 422, status("; ".join(wrong))
        if name in self.jobs:
            return 409, status(f'jobs "{name}" already exists')
        self.jobs[name] = body
        self.created.append(name)
        return 201, body

    def _delete(self, name: str, policy: str) -> tuple[int, Any]:
        if name not in self.jobs:
            return 404, status("not found")
        assert policy == "Foreground", "or the pods live on while the job is gone"
        self.jobs[name]["metadata"]["deletionTimestamp"] = datetime.now(UTC).isoformat()
        if not self.stopping_pods:
            self.expire(name)
        return 200, status("deleted")


def condition(kind: str, reason: str = "", message: str = "") -> Thing:
    return {"type": kind, "status": "True", "reason": reason, "message": message}


def status(message: str) -> Thing:
    return {"kind": "Status", "message": message}


@contextmanager
def serving(cluster: FakeCluster, folder: Path) -> Iterator[str]:
    """The address of the cluster's API while the block lasts; ``folder / "kubeconfig"`` names it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            at = urlsplit(self.path)
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            code, answer = cluster.answer(self.command, at.path, parse_qs(at.query), json.loads(data) if data else None)
            sent = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    (folder / "kubeconfig").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
                "clusters": [{"name": "here", "cluster": {"server": address}}],
                "users": [{"name": "me", "user": {"token": "a-token"}}],
            }
        )
    )
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
