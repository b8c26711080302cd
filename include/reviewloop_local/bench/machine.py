"""What the numbers were measured on, and what its GPU could do at best."""

from typing import Final

from pydantic import BaseModel, ConfigDict

PEAK_TFLOPS: Final = {
    "A10G": 70.0, "A30": 165.0, "A40": 149.7, "A100": 312.0, "L4": 121.0, "L40S": 362.0,
    "H100": 989.0, "H100 PCIe": 756.0, "H100 NVL": 835.0, "H200": 989.0, "H200 NVL": 835.0, "B200": 2250.0,
}  # fmt: skip
"""bf16 on the tensor cores, dense (half of the figures with sparsity), in 10^12 operations a second: NVIDIA's data sheets."""


class Machine(BaseModel):
    """Processor, GPU (``None`` without one), versions, and the size of the encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    processor: str
    num_threads: int
    gpu: str | None
    torch: str
    transformers: str
    num_multiplied: int
    """Parameters of the encoder and its head that take part in matrix products: all but the embeddings."""

    def in_words(self) -> str:
        """One line."""
        where = f"{self.gpu}, beside {self.processor}" if self.gpu else f"{self.processor}, no GPU"
        return f"{where}, {self.num_threads} threads, torch {self.torch}, transformers {self.transformers}"

    def share_of_peak(self, tokens_per_second: float) -> float | None:
        """Of the GPU's bf16 peak; ``None`` where ``PEAK_TFLOPS`` does not know the GPU.

        A training step takes 6 operations a token and parameter: 2 forward, 4 backward (Kaplan et al. 2020, section 2.1).
        Padding counts for nothing, and neither does attention between tokens, which is small at these lengths.
        """
        peak = peak_tflops(self.gpu or "")
        return None if peak is None else 6 * self.num_multiplied * tokens_per_second / (peak * 1e12)


def peak_tflops(gpu: str) -> float | None:
    """The entry of ``PEAK_TFLOPS`` that says most about ``gpu``, such as ``NVIDIA H100 80GB HBM3``; ``None`` for an unknown one."""
    words = set(gpu.replace("-", " ").split())
    known = [name for name in PEAK_TFLOPS if set(name.split()) <= words]
    return PEAK_TFLOPS[max(known, key=len)] if known else None
