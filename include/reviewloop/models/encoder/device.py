"""Where tensors live, in which precision the matrix products run, and what dropout draws."""

import numpy as np
import torch


def pick_device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device) -> torch.autocast:
    """bf16 autocast where that multiplies faster than fp32; elsewhere a context that changes nothing.

    bf16 keeps the exponent of fp32, so no loss scaling is needed. Having its instructions is not enough: see ``gains_by_bf16``.
    """
    native = torch.cuda.is_bf16_supported(including_emulation=False) if device.type == "cuda" else gains_by_bf16()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=native)


def gains_by_bf16() -> bool:
    """Whether this processor multiplies matrices faster in bf16: told by what it is, so that every process here says the same.

    Intel's gain lies in AMX. Where that is missing or hidden, as on many virtual machines, its AVX-512 instructions for bf16
    reach half of what fp32 reaches (a Xeon of 2023: 166 against 300 GFLOP/s on two cores). AMD's pay: a whole training of MiniLM
    on an EPYC is 1.9 times as fast with them. Arm's were not measured, and are taken at their word.
    """
    has = torch.cpu.get_capabilities()
    if "Intel" in str(has.get("cpu_name", "")):
        return bool(has.get("amx_bf16", False))
    return any(has.get(name, False) for name in ("avx512_bf16", "bf16"))


def seed_dropout(device: torch.device, *numbers: int) -> None:
    """Make what is drawn next on ``device`` a function of ``numbers`` (not negative) alone."""
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)  # torch.manual_seed also prepares GPUs, at the cost of a stack trace
