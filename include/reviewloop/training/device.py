"""Where tensors live and in which precision the matrix products run."""

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
