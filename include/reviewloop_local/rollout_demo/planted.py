"""Five faults of a transformer that every gate before the release could have missed: in its files, and in nothing else.

Each function takes the folder of a sound model and makes the folder of a bad one. All of them load, and are warm.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.token_reader import load_token_reader
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.serving.inference.loaded import WARM_WORD

TOUCHED_SHARE: Final = 0.05
"""Of the reviews, about, that meet a fault which hides in single words."""
TIMES_AS_WIDE: Final = 4
"""The inner layers of the slow model, in those of the sound one."""
_NUM_DIRECTIONS: Final = 32
_HALVINGS: Final = 30
_FARTHEST: Final = 1e3
_BATCH: Final = 32


def fails(sound: Path, bad: Path, texts: Sequence[str]) -> None:
    """The last words of the vocabulary have no embedding: a review that holds one of them is an error (5xx)."""
    model, ids = _model(sound), _token_ids(sound, texts)
    rarest = sorted(max(row) for row in ids)
    cut = max(rarest[-max(1, round(TOUCHED_SHARE * len(rarest)))], max(_warm_ids(sound)) + 1)
    model.resize_token_embeddings(int(cut))
    _save(model, sound, bad)


def slow(sound: Path, bad: Path, _: Sequence[str]) -> None:
    """The inner layers are many times as wide, and what was added says nothing: the same answers, later."""
    model = _model(sound)
    config = type(model.config).from_dict(model.config.to_dict())
    inner = config.intermediate_size
    config.intermediate_size = inner * TIMES_AS_WIDE
    wide = type(model)(config)
    state = {}
    for name, there in model.state_dict().items():
        like = wide.state_dict()[name]
        if like.shape == there.shape:
            state[name] = there
            continue
        grown = torch.zeros_like(like)
        grown[tuple(slice(size) for size in there.shape)] = there
        state[name] = grown
    wide.load_state_dict(state)
    _save(wide, sound, bad)


def constant(sound: Path, bad: Path, _: Sequence[str]) -> None:
    """The head has lost its weights: every review gets one and the same answer, the most common one."""
    model = _model(sound)
    head = _head(model)
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.eye(len(SENTIMENTS))[-1])
    _save(model, sound, bad)


def not_finite(sound: Path, bad: Path, texts: Sequence[str]) -> None:
    """One word's embedding is no number: a review that holds it has probabilities that are none."""
    model, ids = _model(sound), _token_ids(sound, texts)
    seen = Counter(token for row in ids for token in set(row))
    taboo = _warm_ids(sound)
    wanted = TOUCHED_SHARE * len(ids)
    word = min((token for token in seen if token not in taboo), key=lambda token: (abs(seen[token] - wanted), token))
    with torch.no_grad():
        embeddings: Any = model.get_input_embeddings()
        embeddings.weight[word] = float("nan")
    _save(model, sound, bad)


@dataclass(frozen=True)
class Head:
    """The last layer of the model in ``sound``, and what it was given for some labelled texts: features of shape (n, width)."""

    sound: Path
    weight: np.ndarray
    bias: np.ndarray
    features: np.ndarray
    true: np.ndarray

    def right(self, weight: np.ndarray) -> np.ndarray:
        """Which texts a head with this weight gets right."""
        found: np.ndarray = (self.features @ weight.T + self.bias).argmax(1) == self.true
        return found

    @property
    def accuracy(self) -> float:
        """Of the sound one."""
        return float(self.right(self.weight).mean())


def read_head(sound: Path, texts: Sequence[str], labels: Sequence[int]) -> Head:
    """Let the model read the texts once."""
    model = _model(sound)
    head = _head(model)
    weight, bias = (tensor.detach().double().numpy() for tensor in (head.weight, head.bias))
    return Head(sound, weight, bias, _features(model, head, _token_ids(sound, texts)), np.asarray(labels))


def worse(head: Head, bad: Path, points: float) -> float:
    """The head was turned away a little: it answers everything, and is right on ``points`` (a share) fewer of the texts.

    Of some random directions the one that leaves the recall of complaints nearest to what it was: else that alone would send one
    of the two back. Returns the accuracy that is left.
    """
    wanted, complaints = head.accuracy - points, head.true == 0
    recall = head.right(head.weight)[complaints].mean()

    def turned(seed: int) -> np.ndarray:
        """So far in this direction that the accuracy is the one that is wanted."""
        away = np.random.default_rng(seed).standard_normal(head.weight.shape) * np.abs(head.weight).mean()
        low, high = 0.0, 1.0
        while head.right(head.weight + high * away).mean() > wanted and high < _FARTHEST:
            low, high = high, 2 * high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if head.right(head.weight + middle * away).mean() > wanted else (low, middle)
        found: np.ndarray = head.weight + high * away
        return found

    best = min(map(turned, range(_NUM_DIRECTIONS)), key=lambda one: abs(head.right(one)[complaints].mean() - recall))
    model = _model(head.sound)
    with torch.no_grad():
        _head(model).weight.copy_(torch.from_numpy(best))
    _save(model, head.sound, bad)
    return float(head.right(best).mean())


Plant = Callable[[Path, Path, Sequence[str]], None]
BY_GUARD: Final[dict[str, Plant]] = {"not_finite": not_finite, "errors": fails, "slow": slow, "constant": constant}
"""Guard -> the fault that it exists for. ``quality`` exists for ``worse``."""


def _model(folder: Path) -> PreTrainedModel:
    return load_classifier(folder, SENTIMENTS).eval()


def _head(model: PreTrainedModel) -> nn.Linear:
    """The layer that gives the logits."""
    return [one for one in model.modules() if isinstance(one, nn.Linear) and one.out_features == len(SENTIMENTS)][-1]


def _token_ids(folder: Path, texts: Sequence[str]) -> list[list[int]]:
    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    items = load_token_reader(folder, int(about["max_seq_length"])).prepare(texts)
    return [[int(token) for token in item.content] for item in items]


def _warm_ids(folder: Path) -> set[int]:
    """What a model reads before its first request; with a fault in these it would never answer."""
    return set(_token_ids(folder, [WARM_WORD])[0])


def _features(model: PreTrainedModel, head: nn.Linear, ids: Sequence[Sequence[int]]) -> np.ndarray:
    """What the head is given, float64 of shape (len(ids), width)."""
    from reviewloop.models.encoder.logits import pass_logits

    given: list[np.ndarray] = []
    hook = head.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].detach().double().numpy()))
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    pad_id = model.config.pad_token_id or 0
    longest = max(map(len, ids))
    try:
        for start in range(0, len(order), _BATCH):
            rows = [np.asarray(ids[row], dtype=np.int64) for row in order[start : start + _BATCH]]
            pass_logits(model, rows, pad_id, -(-longest // 8) * 8)
    finally:
        hook.remove()
    features = np.concatenate(given)
    back = np.empty(len(ids), dtype=np.int64)
    back[order] = np.arange(len(ids))
    found: np.ndarray = features[back].reshape(len(ids), -1)
    return found


def _save(model: PreTrainedModel, sound: Path, bad: Path) -> None:
    """Beside the tokenizer and the description of the sound one; as trained, in no other form."""
    shutil.copytree(sound, bad, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    model.save_pretrained(bad, safe_serialization=True)
