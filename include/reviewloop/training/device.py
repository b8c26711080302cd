"""Where tensors live, in which precision the matrix products run, and what dropout draws."""

import numpy as np
import torch


def pick_device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device) -> torch.autocast:
    """bf16 autocast where the processor computes in bf16 itself; elsewhere a context that changes nothing.

    bf16 keeps the exponent of fp32, so no loss scaling is needed. A CPU that only emulates it would be slower, not faster.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        capabilities = torch.cpu.get_capabilities()
        native = any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=native)


def seed_dropout(device: torch.device, *numbers: int) -> None:
    """Make what is drawn next on ``device`` a function of ``numbers`` (not negative) alone."""
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)  # torch.manual_seed also prepares GPUs, at the cost of a stack trace
