"""LitServe around our own predictor, in the form that our endpoint answers in. ``python lit.py FOLDER PORT WORKERS``."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from reviewloop.models.predictor import load_predictor

litserve: Any = import_module("litserve")  # nothing of ours needs it: it is installed for the race alone


class Sentiment(litserve.LitAPI):  # type: ignore[misc]
    """As LitServe's pages show it, with batches."""

    def setup(self, device: str) -> None:  # noqa: ARG002
        """Load the model, once a worker."""
        self.model = load_predictor(Path(sys.argv[1]))

    def decode_request(self, request: dict[str, str]) -> str:
        """The text."""
        return request["text"]

    def predict(self, texts: list[str]) -> np.ndarray:
        """All texts of a batch."""
        return self.model.predict_proba(texts)

    def encode_response(self, output: Any) -> dict[str, list[float]]:
        """One answer."""
        return {"probabilities": [float(share) for share in output]}


if __name__ == "__main__":
    api = Sentiment(max_batch_size=16, batch_timeout=0.002)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=int(sys.argv[3]))
    server.run(port=int(sys.argv[2]), host="127.0.0.1", generate_client_file=False, log_level="warning")
