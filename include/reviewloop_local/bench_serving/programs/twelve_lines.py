"""The endpoint that people write: FastAPI around ``transformers.pipeline``. ``python twelve_lines.py FOLDER PORT``."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline  # noqa: TID253 (a program of its own)

app = FastAPI()
classify = pipeline("text-classification", sys.argv[1], top_k=None, truncation=True, max_length=int(sys.argv[3]))


class Review(BaseModel):
    """One review."""

    text: str


@app.post("/predict")
def predict(review: Review) -> list[dict[str, object]]:
    """The share of each sentiment."""
    found: list[dict[str, object]] = classify([review.text])[0]
    return found


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning")
