"""The models as MLflow's ``pyfunc`` flavour, so that ``mlflow.pyfunc.load_model("models:/review-sentiment@champion")`` works.

MLflow calls ``_load_pyfunc`` of the loader module named in ``MLmodel``; nothing is unpickled.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import model_text

if TYPE_CHECKING:
    from reviewloop.models.predictor import Predictor

CREATED = "2000-01-01 00:00:00"
"""``MLmodel`` wants a time; the real one is in the MLflow run. A fixed one keeps the artifact's digest a function of the job."""


class SentimentModel:
    """Takes columns ``title`` (may be missing) and ``text``; returns one probability column per sentiment."""

    def __init__(self, predictor: "Predictor") -> None:
        self.predictor = predictor

    def predict(self, model_input: pd.DataFrame, params: dict[str, object] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Probabilities, one row per input row; ``params`` is MLflow's and is not used."""
        titles = model_input["title"] if "title" in model_input else pd.Series([None] * len(model_input), index=model_input.index)
        texts = [
            model_text(None if pd.isna(title) else title, text) for title, text in zip(titles, model_input["text"], strict=True)
        ]
        return pd.DataFrame(self.predictor.predict_proba(texts), columns=list(SENTIMENTS), index=model_input.index)


def _load_pyfunc(path: str) -> SentimentModel:
    """MLflow's entry point; ``path`` is the model folder."""
    from reviewloop.models.predictor import load_predictor

    return SentimentModel(load_predictor(Path(path)))


def write_mlmodel(folder: Path, job_key: str, mlflow_run_id: str) -> None:
    """Write ``MLmodel`` into ``folder``: the flavour and the signature, the same bytes for the same job."""
    from mlflow import pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    signature = ModelSignature(
        inputs=Schema([ColSpec(DataType.string, "title", required=False), ColSpec(DataType.string, "text")]),
        outputs=Schema([ColSpec(DataType.double, name) for name in SENTIMENTS]),
    )
    model = Model(run_id=mlflow_run_id, utc_time_created=CREATED, model_uuid=job_key[:32], signature=signature)
    pyfunc.add_to_model(model, loader_module="reviewloop.models.pyfunc")
    model.save(str(folder / "MLmodel"))
