#!/usr/bin/env bash
# kubernetes 36.0.3: `read_namespaced_pod_log` gives the text of a Python literal, "b'first\nsecond\n'" on one line with backslashes,
# and not the log. Why it matters: the last lines of a log are asked for as lines, and there is one; an error's text is found by no
# pattern that has a line's beginning. With `_preload_content=False` the bytes are there to be decoded.
#
# Seen:
#   the log as text:  "b'first\\nsecond\\n'"
#   the log as bytes: 'first\nsecond\n'
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check kubernetes==36.0.3
"$folder/venv/bin/python" - <<'END'
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from kubernetes import client


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"first\nsecond\n")

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
told = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
pods = client.CoreV1Api(client.ApiClient(told))
text = pods.read_namespaced_pod_log("a", "b")
raw = pods.read_namespaced_pod_log("a", "b", _preload_content=False).data.decode()
print("the log as text: ", repr(text))
print("the log as bytes:", repr(raw))
if not (text.startswith("b'") and raw == "first\nsecond\n"):
    sys.exit("no longer as told: the client gives the log as it is")
END
