"""A fine-tuned encoder in the form that is served: OpenVINO's graph, its products in 8-bit integers.

Each row of a weight has its scale, set here; activations are rounded as they come, a token by itself (Yao et al., "ZeroQuant",
NeurIPS 2022; ``encoder.openvino_runtime.GROUP_SIZE``), so that no text of a training is needed. A text is read by itself, too:
its answer depends on no other.

Beside the logits the graph gives what its head reads: whoever wants a text's embedding needs no second pass.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scipy.special import softmax

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.openvino_runtime import Graph, openvino
from reviewloop.models.encoder.token_reader import load_token_reader
from reviewloop.models.kinds.transformer_int8 import GRAPH, SELF_TEST

LONGEST: Final = 512
"""Tokens that the graph takes at most."""


def export_int8(source: Path, target: Path, self_test: Sequence[str], about: dict[str, Any]) -> None:
    """Write to ``target``, which must not exist, the model folder ``source`` in its served form, its weights as trained beside it.

    ``self_test`` are texts whose answers are kept, so that every machine that loads it can compare its own; ``about`` is what the
    new ``model.json`` says.
    """
    shutil.copytree(source, target)
    pad_id = int(json.loads((source / "config.json").read_text(encoding="utf-8")).get("pad_token_id") or 0)
    told = json.dumps({**about, "pad_id": pad_id}, indent=2, sort_keys=True)
    (target / "model.json").write_text(told, encoding="utf-8")
    found = traced(source)
    served = _renamed(_with_head_input(quantised(found.graph), found.head_input))
    openvino().save_model(served, target / GRAPH, compress_to_fp16=False)
    longest = int(about["max_seq_length"])
    items = load_token_reader(source, longest).prepare(self_test)
    answers = softmax(Graph(target / GRAPH, pad_id, longest).logits([item.content for item in items]), axis=-1)
    stored = {"ids": [item.content.tolist() for item in items], "probabilities": answers.tolist()}
    (target / SELF_TEST).write_text(json.dumps(stored), encoding="utf-8")


@dataclass(frozen=True)
class TracedGraph:
    """A graph of ids and mask, (rows, tokens) int64, to logits; and the output, by its node and number, that its head reads."""

    graph: Any
    head_input: tuple[str, int] | None


def traced(source: Path) -> TracedGraph:
    """The classifier as OpenVINO's graph in fp32."""
    import torch

    from reviewloop.models.encoder.head_input import telling_twin
    from reviewloop.models.encoder.transformer import load_classifier

    class Traced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = load_classifier(source, SENTIMENTS).eval()

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
            twin, told = telling_twin(self.model)
            return (twin(input_ids=ids, attention_mask=mask).logits, *told)

    model = Traced()
    longest = getattr(model.model.config, "max_position_embeddings", LONGEST)
    rows, tokens = torch.export.Dim("rows", min=1, max=4096), torch.export.Dim("tokens", min=2, max=min(longest, LONGEST))
    ids = torch.ones((3, min(24, longest - 1)), dtype=torch.int64)
    shapes = ({0: rows, 1: tokens}, {0: rows, 1: tokens})
    with torch.no_grad():
        graph = openvino().convert_model(torch.export.export(model, (ids, torch.ones_like(ids)), dynamic_shapes=shapes))
    if len(graph.outputs) == 1:
        return TracedGraph(graph, None)
    told = graph.outputs[1].get_node()
    made = told.input_value(0)
    graph.remove_result(told)
    return TracedGraph(graph, (made.get_node().get_friendly_name(), made.get_index()))


def _with_head_input(graph: Any, head_input: tuple[str, int] | None) -> Any:
    """The graph with a second output. Added after the quantisation, which thus finds the very graph that it finds without."""
    if head_input is not None:
        name, number = head_input
        (node,) = (node for node in graph.get_ordered_ops() if node.get_friendly_name() == name)
        graph.add_outputs([node.output(number)])
    return graph


def _renamed(graph: Any) -> Any:
    """The graph with names that count from its own beginning: OpenVINO's count on through a process, and one model that is exported
    twice would be two."""
    graph.set_friendly_name("classifier")
    for place, node in enumerate(graph.get_ordered_ops()):
        if node.get_type_name() != "Parameter":
            node.set_friendly_name(f"{node.get_type_name()}_{place}")
    return graph


def quantised(graph: Any) -> Any:
    """Its weights in 8-bit integers, each row with a scale of its own."""
    openvino()
    import nncf

    return nncf.compress_weights(graph, mode=nncf.CompressWeightsMode.INT8_SYM)
