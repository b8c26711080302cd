"""The forms that race: one fine-tuned model, made ready by four runtimes and in several precisions.

Each is made from the weights as trained, reads token ids, on one thread, and gives probabilities. What a runtime needs that the
product does not lies in ``packages``.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.about import read_about
from reviewloop.models.encoder.openvino_runtime import GROUP_SIZE, Graph, openvino
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.models.int8_export import quantised, traced

Ids = NDArray[np.int64]
Read = Callable[[Sequence[Ids]], NDArray[np.float64]]
"""Token ids of texts, read in one pass, to probabilities (n, 3)."""
PACKAGES: Final = (  # nothing of ours needs them: they are installed for the race alone, and imported by name
    "onnxruntime==1.32.0", "onnx==1.23.2", "onnxscript==0.7.2", "onnx-ir==1.1.0", "ml-dtypes==0.6.0", "ctranslate2==4.8.5",
)  # fmt: skip
AS_TRAINED: Final = "torch, fp32"
"""What the others' answers are compared with."""


class Form(NamedTuple):
    """``make`` does the work that comes before the first answer."""

    name: str
    make: Callable[[], Read]


def forms(model: Path, calibration: Sequence[Ids], packages: Path, scratch: Path) -> list[Form]:
    """All of them; those of other packages only where ``packages`` is there."""
    found = [
        Form(AS_TRAINED, lambda: _torch(model, in_bf16=False)),
        Form("torch, bf16", lambda: _torch(model, in_bf16=True)),
        Form("OpenVINO, fp32", lambda: _openvino(traced(model).graph, "f32")),
        Form("OpenVINO, bf16", lambda: _openvino(traced(model).graph, "bf16")),
        Form("OpenVINO, int8 weights alone", lambda: _openvino(quantised(traced(model).graph), "f32", group_size=0)),
        Form("OpenVINO, int8, a scale for each 32", lambda: _openvino(quantised(traced(model).graph), "f32", group_size=32)),
        Form("OpenVINO, int8, scales set beforehand", lambda: _by_itself(_beforehand(model, calibration), model, scratch)),
        Form(
            f"OpenVINO, int8, a scale for each {GROUP_SIZE}: as served",
            lambda: _by_itself(quantised(traced(model).graph), model, scratch),
        ),
    ]
    if packages.is_dir():
        sys.path.append(str(packages))
        found += [
            Form("ONNX Runtime, fp32", lambda: _onnxruntime(_onnx(model, scratch))),
            Form("ONNX Runtime, dynamic int8", lambda: _onnxruntime(_dynamic(_onnx(model, scratch)))),
            Form("ONNX Runtime, int8, scales set beforehand", lambda: _onnxruntime(_static(_onnx(model, scratch), calibration))),
            Form("CTranslate2, fp32", lambda: _ctranslate2(model, scratch, "float32")),
            Form("CTranslate2, dynamic int8", lambda: _ctranslate2(model, scratch, "int8")),
        ]
    return found


def _padded(rows: Sequence[Ids]) -> tuple[Ids, Ids]:
    longest = max(map(len, rows))
    ids, mask = np.zeros((2, len(rows), longest), dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)], mask[place, : len(row)] = row, 1
    return ids, mask


def _torch(model: Path, *, in_bf16: bool) -> Read:
    import torch

    classifier = load_classifier(model, SENTIMENTS).eval()

    def read(rows: Sequence[Ids]) -> NDArray[np.float64]:
        ids, mask = map(torch.from_numpy, _padded(rows))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=in_bf16):
            return _probabilities(classifier(input_ids=ids, attention_mask=mask).logits.float().numpy())

    return read


def _openvino(graph: Any, precision: str, group_size: int = GROUP_SIZE) -> Read:
    settings = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False}
    settings["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = group_size
    request = openvino().Core().compile_model(graph, "CPU", settings).create_infer_request()

    def read(rows: Sequence[Ids]) -> NDArray[np.float64]:
        request.infer(list(_padded(rows)), share_inputs=True)
        return _probabilities(request.get_output_tensor(0).data)

    return read


def _by_itself(made: Any, model: Path, scratch: Path) -> Read:
    """By the product's own code: each text padded to its own length, whatever is read beside it."""
    path = scratch / f"{len(list(scratch.glob('*.xml')))}.xml"
    openvino().save_model(made, path, compress_to_fp16=False)
    graph = Graph(path, 0, int(str(read_about(model)["max_seq_length"])))
    return lambda rows: _probabilities(graph.logits(rows))


def _beforehand(model: Path, calibration: Sequence[Ids]) -> Any:
    """Scales of activations that were set on the texts ``calibration``, after smoothing (Xiao et al., "SmoothQuant", ICML 2023)."""
    openvino()
    import nncf

    inputs = [(ids[None], np.ones_like(ids)[None]) for ids in calibration]
    kinds = {"preset": nncf.QuantizationPreset.MIXED, "model_type": nncf.ModelType.TRANSFORMER}
    return nncf.quantize(traced(model).graph, nncf.Dataset(inputs), subset_size=len(inputs), **kinds)


def _onnx(model: Path, scratch: Path) -> Path:
    """The classifier as ONNX, written once."""
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = load_classifier(model, SENTIMENTS).eval()

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.model(input_ids=ids, attention_mask=mask).logits
            return logits

    path = scratch / "model.onnx"
    if not path.is_file():
        shape = {0: torch.export.Dim("rows", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
        ids = torch.ones((3, 24), dtype=torch.int64)
        with torch.no_grad():
            exported = torch.export.export(Logits(), (ids, torch.ones_like(ids)), dynamic_shapes=(shape, shape))
        written = cast("Any", torch.onnx.export(exported, input_names=["ids", "mask"], output_names=["logits"], verbose=False))
        written.save(path)
    return path


def _dynamic(path: Path) -> Path:
    quantization = import_module("onnxruntime.quantization")
    target = path.with_name("dynamic.onnx")
    quantization.quantize_dynamic(path, target, weight_type=quantization.QuantType.QInt8, per_channel=True)
    return target


def _static(path: Path, calibration: Sequence[Ids]) -> Path:
    quantization: Any = import_module("onnxruntime.quantization")

    class Texts(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._rows: Iterator[Ids] = iter(calibration)

        def get_next(self) -> dict[str, Ids] | None:
            row = next(self._rows, None)
            return None if row is None else dict(zip(("ids", "mask"), _padded([row]), strict=True))

    target = path.with_name("static.onnx")
    kinds = quantization.QuantType
    quantization.quantize_static(
        path, target, Texts(), quant_format=quantization.QuantFormat.QDQ, per_channel=True, op_types_to_quantize=["MatMul", "Gemm"],
        activation_type=kinds.QUInt8, weight_type=kinds.QInt8,
    )  # fmt: skip
    return target


def _onnxruntime(path: Path) -> Read:
    onnxruntime: Any = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def read(rows: Sequence[Ids]) -> NDArray[np.float64]:
        ids, mask = _padded(rows)
        return _probabilities(session.run(None, {"ids": ids, "mask": mask})[0])

    return read


def _ctranslate2(model: Path, scratch: Path, precision: str) -> Read:
    """Its converter drops the classifier (findings/ctranslate2-drops-the-classifier.sh): here it is one product by numpy."""
    from safetensors.numpy import load_file

    ctranslate2: Any = import_module("ctranslate2")
    target = scratch / f"ctranslate2-{precision}"
    if not target.is_dir():
        ctranslate2.converters.TransformersConverter(str(model)).convert(str(target), quantization=precision)
    encoder = ctranslate2.Encoder(str(target), device="cpu", compute_type=precision, inter_threads=1, intra_threads=1)
    head = load_file(model / "model.safetensors")
    weight, bias = head["classifier.weight"], head["classifier.bias"]

    def read(rows: Sequence[Ids]) -> NDArray[np.float64]:
        pooled = np.array(encoder.forward_batch([row.tolist() for row in rows]).pooler_output)
        return _probabilities(pooled @ weight.T + bias)

    return read


def _probabilities(logits: NDArray[Any]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = softmax(np.asarray(logits, dtype=np.float64), axis=-1)
    return found
