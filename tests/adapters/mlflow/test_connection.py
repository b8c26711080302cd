"""Connecting to MLflow. In a process of its own: what is imported stays."""

import os
import subprocess
import sys


def test_feasts_header_plugin_is_left_out_and_others_are_loaded() -> None:
    """It is installed, and loading it would import Feast and torch before the first request of every process."""
    code = """
import sys
from importlib.metadata import EntryPoint, entry_points
from mlflow.utils import plugins

assert "feast" in entry_points(group="mlflow.request_header_provider").names
real = plugins._get_entry_points
other = EntryPoint("other", "mlflow.tracking.request_header.default_request_header_provider:DefaultRequestHeaderProvider", "g")
plugins._get_entry_points = lambda group: [*real(group), *([other] if group == "mlflow.request_header_provider" else [])]
ours = plugins._get_entry_points
from reviewloop.adapters.mlflow.connection import client

client()
assert plugins._get_entry_points is ours
from mlflow.tracking.request_header.registry import _request_header_provider_registry as registry

print(*[type(provider).__name__ for provider in registry])
print(sorted({"feast", "torch"} & set(sys.modules)))
"""
    env = {**os.environ, "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=env)
    assert done.returncode == 0, done.stderr[-2000:]
    providers, heavy = done.stdout.splitlines()
    assert providers.split()[1:] == ["DefaultRequestHeaderProvider", "DefaultRequestHeaderProvider"]
    assert heavy == "[]"
