"""The kind ``transformer`` as it is served: exported to OpenVINO, its products in 8-bit integers (see ``models.int8_export``)."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import softmax

from reviewloop.models.encoder.openvino_runtime import Graph, multiplies_int8
from reviewloop.models.reader import Prepared, Reader, Reading

if TYPE_CHECKING:
    from reviewloop.models.encoder.token_reader import TokenReader

log = logging.getLogger(__name__)

GRAPH: Final = "int8.xml"
WEIGHTS: Final = "int8.bin"
"""The graph, and its weights."""
SELF_TEST: Final = "self_test.json"
"""Texts as token ids, and what the graph answered to them where it was made and judged: ``ids``, ``probabilities``."""
TOLERANCE: Final = 0.02
"""Of a probability in the self-test. Between CPUs last digits differ, and now and then one product by one step of its scale."""


@dataclass(frozen=True)
class Int8Reader:
    """A text's answer has the same bits alone, in any company and in any order."""

    graph: Graph
    tokens: "TokenReader"

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """The ids of each text, at most ``max_seq_length``."""
        return [replace(item, shape=self.graph.padded_length(item.num_tokens)) for item in self.tokens.prepare(texts)]

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        """Probabilities (n, 3), the softmax in fp64."""
        probabilities: np.ndarray = softmax(self.graph.logits([item.content for item in items]), axis=-1)
        return probabilities

    def read(self, items: Sequence[Prepared]) -> Reading:
        """The same, and what the head reads, before it is rounded to 8 bits; None of a graph that does not give it."""
        logits, states = self.graph.read([item.content for item in items])
        return Reading(softmax(logits, axis=-1), states)


def load_reader(folder: Path, about: Mapping[str, Any]) -> Int8Reader:
    """What reads texts, each up to ``max_seq_length`` tokens."""
    from reviewloop.models.encoder.token_reader import load_token_reader

    longest = int(about["max_seq_length"])
    return Int8Reader(Graph(folder / GRAPH, int(about["pad_id"]), longest), load_token_reader(folder, longest))


def why_not(folder: Path, reader: Reader) -> str | None:
    """Why this machine should not answer with it, in words; None where it may."""
    if not multiplies_int8():
        return "this CPU does not multiply 8-bit integers faster"
    stored = json.loads((folder / SELF_TEST).read_text(encoding="utf-8"))
    answers = reader.answer([Prepared(np.array(ids, dtype=np.int64), len(ids)) for ids in stored["ids"]])
    gap = float(np.abs(answers - np.array(stored["probabilities"])).max())
    if not gap <= TOLERANCE:
        return f"its self-test answers otherwise here than where it was judged: a probability by {gap:.3f}, at most {TOLERANCE}"
    return None
