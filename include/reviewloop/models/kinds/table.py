"""Every kind of model that can be loaded, in each form that it can be loaded in.

To add a kind: write its module beside this one (``load_reader`` and ``load_explain``), and its entry in ``KINDS``;
files of another kind than those of today are named in ``adapters.lake.model_files``, too, with what looks at them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from reviewloop.core.explain.words import Explanation
from reviewloop.models.kinds import baseline, transformer, transformer_int8
from reviewloop.models.reader import Reader

Form = Literal["as_trained", "openvino_int8"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
"""What a model may be kept as: as its training left it, or exported to OpenVINO in 8-bit integers."""
AS_TRAINED: Final[Form] = "as_trained"
"""The form of a model whose ``model.json`` does not say."""

About = Mapping[str, Any]
"""What ``model.json`` says."""


@dataclass(frozen=True)
class Loader:
    """How one kind of model is loaded from a folder, in one form."""

    files: tuple[str, ...]
    """What the folder must hold beside ``model.json``: names, or patterns such as ``*.safetensors``."""
    facts: tuple[str, ...]
    """What ``model.json`` must say beside ``kind`` and ``labels``."""
    load_reader: Callable[[Path, About], Reader]
    """Gives what turns texts into probabilities (see ``models.reader``)."""
    load_explain: Callable[[Path, About, int], tuple[str, Callable[[str], Explanation]]]
    """Gives how the model explains its answers, in words, and what explains one. The number is of steps, where it takes any."""
    why_not: Callable[[Path, Reader], str | None] = lambda _folder, _reader: None
    """Says why this machine should not answer in this form, which then answers as it was trained; None where it may."""
    concurrent: bool = False
    """Whether a pass takes one core, so that as many are read at once as there are."""


KINDS: Final[Mapping[str, Mapping[Form, Loader]]] = {
    "baseline": {AS_TRAINED: Loader(("model.skops",), (), baseline.load_reader, baseline.load_explain)},
    "transformer": {
        AS_TRAINED: Loader(
            ("config.json", "tokenizer.json", "*.safetensors"),
            ("max_seq_length",),
            transformer.load_reader,
            transformer.load_explain,
        ),
        # The weights as trained lie beside the graph: they explain, and they answer where int8 should not.
        "openvino_int8": Loader(
            ("config.json", "tokenizer.json", "*.safetensors", "int8.xml", "int8.bin", "self_test.json"),
            ("max_seq_length", "pad_id"),
            transformer_int8.load_reader,
            transformer.load_explain,
            transformer_int8.why_not,
            concurrent=True,
        ),
    },
}
