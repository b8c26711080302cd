"""OpenVINO, imported so that it tells nobody, and its graphs."""

import os
import sys
import threading
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.cores import num_cores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

PAD_TO: Final = 8
"""Tokens, whose multiples products are fast for."""
MOST_LENGTHS: Final = 10
"""That texts are padded to, whatever is read beside them, so that their answers are the same; a compiled graph each. Twice as many
save a twentieth of the time of a text, and cost as much memory again."""
GROUP_SIZE: Final = 128
"""So many neighbouring numbers of one token are rounded to 8-bit integers by one scale. The library's own 32 keep a little more of
them and take longer."""
FASTER_WITH: Final = ("avx512_vnni", "avx_vnni", "amx_int8", "i8mm", "asimddp")
"""Any of these flags of a CPU multiplies 8-bit integers at a multiple of the speed of floats. Without one, int8 gains little."""


def openvino() -> "ModuleType":
    """The library. On import it reports its use to its makers; where the module that does is not to be had, it does not."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: not to be imported
    os.environ.setdefault("NNCF_CI", "1")  # the same of the quantiser
    import openvino as library

    found: ModuleType = library
    return found


_FIRST_CALLS: Final = threading.Lock()


@lru_cache(maxsize=1)
def multiplies_int8(told: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this machine's CPU gains by 8-bit integers, by what the kernel tells of it."""
    try:
        words = set(told.read_text(encoding="utf-8").split())
    except OSError:  # no Linux
        return False
    return not words.isdisjoint(FASTER_WITH)


class Graph:
    """A graph of token ids and their mask to logits, compiled for each of a few lengths of text, on as many streams of one thread
    each as this process has cores.

    May be called by several threads at once. A text is read by itself, padded to the next of ``lengths``: its logits depend on
    nothing but the text. A graph whose length is fixed reads a text in three quarters of the time of one that takes any; the table
    of words is kept once for all of them.
    """

    def __init__(self, path: Path, pad_id: int, longest: int) -> None:
        """``longest`` are the tokens of the longest text that it is given. Half a second a length, and about two and a half times
        the weights in memory."""
        self._pad_id = pad_id
        self.lengths = lengths_up_to(longest)
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",  # of what is no integer: with bf16 the answers would differ from CPU to CPU
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP_SIZE,
            "NUM_STREAMS": num_cores(),
            "INFERENCE_NUM_THREADS": num_cores(),
            "ENABLE_CPU_PINNING": False,
        }
        self._of_thread = _Requests()
        self._compiled: dict[int, Any] = {}
        self._last: list[Any] = []
        # What the library's binding sets up at the first call it sets up without holding Python's lock: two threads whose first
        # calls meet wait for each other for ever. So the first of all is made here, by one thread.
        with _FIRST_CALLS:
            core = openvino().Core()
            graph = core.read_model(str(path))
            self._words = _taken_out(graph, core)
            for length in self.lengths:
                self._compiled[length] = core.compile_model(_of_length(graph, length), "CPU", settings)
                self._last.append(self._compiled[length].create_infer_request())
            self.logits([np.full(self.lengths[0], pad_id, dtype=np.int64)])

    def __del__(self) -> None:
        """A compiled graph that ends with its last request ends beside all else; by itself it keeps Python's lock for as long as
        that takes, 30 ms and more a length. So there is a request of each to end last."""
        self._compiled.clear()

    def padded_length(self, num_tokens: int) -> int:
        """Tokens that a text of so many is read as."""
        return self.lengths[bisect_left(self.lengths, num_tokens)]

    def logits(self, rows: "Sequence[np.ndarray]") -> np.ndarray:
        """Token ids of each text to logits, float64 of shape (len(rows), classes), in the order of ``rows``."""
        found = np.empty((len(rows), len(SENTIMENTS)))
        for place, ids in enumerate(rows):
            found[place] = self._read(ids).get_output_tensor(0).data[0]
        return found

    def read(self, rows: "Sequence[np.ndarray]") -> tuple[np.ndarray, np.ndarray | None]:
        """``logits``, and from the same passes what the head read, float32 of shape (len(rows), hidden).

        None of a graph that gives logits alone, as exports did once.
        """
        if len(self._compiled[self.lengths[0]].outputs) == 1:
            return self.logits(rows), None
        found = np.empty((len(rows), len(SENTIMENTS)))
        states = []
        for place, ids in enumerate(rows):
            request = self._read(ids)
            found[place] = request.get_output_tensor(0).data[0]
            state = request.get_output_tensor(1).data[0]
            states.append((state if state.ndim == 1 else state[0]).astype(np.float32))  # of every token the first is read
        return found, np.stack(states)

    def _read(self, row: np.ndarray) -> Any:
        """The request that has read the text; this thread's next text of its length is read into the same one."""
        length = self.padded_length(len(row))
        ids = np.full((1, length), self._pad_id, dtype=np.int64)
        mask = np.zeros((1, length), dtype=np.int64)
        ids[0, : len(row)], mask[0, : len(row)] = row, 1
        request = self._request(length)
        # Shared at every call: once an input was shared, the request cannot take a larger one by copy.
        request.infer([ids, mask] if self._words is None else [ids, mask, self._words[ids]], share_inputs=True)
        return request

    def _request(self, length: int) -> Any:
        requests = self._of_thread.by_length
        if length not in requests:
            requests[length] = self._compiled[length].create_infer_request()
        return requests[length]


class _Requests(threading.local):
    def __init__(self) -> None:
        self.by_length: dict[int, Any] = {}


def lengths_up_to(longest: int) -> tuple[int, ...]:
    """What texts of at most ``longest`` tokens are padded to: up to ``MOST_LENGTHS``, multiples of ``PAD_TO`` but for the last."""
    step = -(-longest // (MOST_LENGTHS * PAD_TO)) * PAD_TO
    return (*range(step, longest, step), longest)


def _of_length(graph: Any, length: int) -> Any:
    fixed = graph.clone()
    shapes = {place: [1, length, *list(one.get_partial_shape())[2:]] for place, one in enumerate(fixed.inputs)}
    fixed.reshape(shapes)
    return fixed


def _taken_out(graph: Any, core: Any) -> np.ndarray | None:
    """The table (words, hidden) in which ``graph`` looks its token ids up. Instead it is given their rows, (1, tokens, hidden):
    each compiled graph would unpack a table of its own. None of a graph that looks nothing up."""
    import openvino.opset13 as ops

    gathers = (node for node in graph.get_ordered_ops() if node.get_type_name() == "Gather")
    found = next((node for node in gathers if _is_lookup(node)), None)
    if found is None:
        return None
    rows = found.input_value(0)
    table: np.ndarray = core.compile_model(openvino().Model([rows], [], "words"), "CPU")([])[0].copy()
    words = ops.parameter([-1, -1, table.shape[1]], rows.get_element_type(), name="words")
    for target in found.output(0).get_target_inputs():
        target.replace_source_output(words.output(0))
    graph.add_parameters([words])
    return table


def _is_lookup(gather: Any) -> bool:
    """Whether it takes rows of a table by the first input of the graph, the ids."""
    asked = gather.input_value(1).get_node()
    if asked.get_type_name() == "Convert":
        asked = asked.input_value(0).get_node()
    table = gather.input(0).get_partial_shape()
    return asked.get_type_name() == "Parameter" and asked.get_friendly_name() == "ids" and table.is_static and len(table) == 2
