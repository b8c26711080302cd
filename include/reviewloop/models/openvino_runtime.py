"""OpenVINO, imported so that it tells nobody, and its graphs."""

import os
import sys
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.cores import num_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

PAD_TO: Final = 8
"""Tokens; every text is padded to the next multiple of this, whatever is read beside it, so that its answer is the same."""
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


def padded_length(num_tokens: int) -> int:
    """Tokens that a text is read as."""
    return -(-num_tokens // PAD_TO) * PAD_TO


@lru_cache(maxsize=1)
def multiplies_int8(told: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this machine's CPU gains by 8-bit integers, by what the kernel tells of it."""
    try:
        words = set(told.read_text(encoding="utf-8").split())
    except OSError:  # no Linux
        return False
    return not words.isdisjoint(FASTER_WITH)


class Graph:
    """A compiled graph of token ids and their mask to logits, on as many streams of one thread each as this process has cores.

    May be called by several threads at once. A text's logits depend on nothing but the text: rows of one length are read
    together, each padded to ``PAD_TO`` and not to its neighbours.
    """

    def __init__(self, path: Path, pad_id: int) -> None:
        self._pad_id = pad_id
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",  # of what is no integer: with bf16 the answers would differ from CPU to CPU
            "NUM_STREAMS": num_cores(),
            "INFERENCE_NUM_THREADS": num_cores(),
            "ENABLE_CPU_PINNING": False,
        }
        self._of_thread = threading.local()
        # What the library's binding sets up at the first call it sets up without holding Python's lock: two threads whose first
        # calls meet wait for each other for ever. So the first of all is made here, by one thread.
        with _FIRST_CALLS:
            self._compiled = openvino().Core().compile_model(str(path), "CPU", settings)
            self.logits([np.full(PAD_TO, pad_id, dtype=np.int64)])

    def logits(self, rows: "Sequence[np.ndarray]") -> np.ndarray:
        """Token ids of each text to logits, float64 of shape (len(rows), classes), in the order of ``rows``."""
        found = np.empty((len(rows), len(SENTIMENTS)))
        for places, request in self._passes(rows):
            found[places] = request.get_output_tensor(0).data
        return found

    def read(self, rows: "Sequence[np.ndarray]") -> tuple[np.ndarray, np.ndarray | None]:
        """``logits``, and from the same passes what the head read, float32 of shape (len(rows), hidden).

        None of a graph that gives logits alone, as exports did once.
        """
        if len(self._compiled.outputs) == 1:
            return self.logits(rows), None
        found = np.empty((len(rows), len(SENTIMENTS)))
        states: list[Any] = [None] * len(rows)
        for places, request in self._passes(rows):
            found[places] = request.get_output_tensor(0).data
            for place, state in zip(places, request.get_output_tensor(1).data, strict=True):
                states[place] = (state if state.ndim == 1 else state[0]).astype(np.float32)  # of every token the first is read
        return found, np.stack(states)

    def _passes(self, rows: "Sequence[np.ndarray]") -> "Iterator[tuple[list[int], Any]]":
        """Places in ``rows`` of texts of one length, and the request that has read them."""
        groups: dict[int, list[int]] = {}
        for place, ids in enumerate(rows):
            groups.setdefault(padded_length(len(ids)), []).append(place)
        for length, places in groups.items():
            ids = np.full((len(places), length), self._pad_id, dtype=np.int64)
            mask = np.zeros((len(places), length), dtype=np.int64)
            for row, place in enumerate(places):
                ids[row, : len(rows[place])] = rows[place]
                mask[row, : len(rows[place])] = 1
            request = self._request()
            # Shared at every call: once an input was shared, the request cannot take a larger one by copy.
            request.infer([ids, mask], share_inputs=True)
            yield places, request

    def _request(self) -> Any:
        if not hasattr(self._of_thread, "request"):
            self._of_thread.request = self._compiled.create_infer_request()
        return self._of_thread.request
