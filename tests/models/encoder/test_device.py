"""Which processors are given bf16."""

import pytest
import torch

from reviewloop.models.encoder.device import autocast


@pytest.mark.parametrize(
    ("capabilities", "gains"),
    [
        ({"cpu_name": "AMD EPYC", "avx512_bf16": True}, True),
        ({"cpu_name": "AMD EPYC", "avx512_bf16": False}, False),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": True}, True),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": False}, False),
        ({"cpu_name": "Neoverse V1", "bf16": True}, True),
        ({}, False),
    ],
)
def test_bf16_is_taken_where_it_multiplies_faster_than_fp32(capabilities, gains, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    with autocast(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == (torch.bfloat16 if gains else torch.float32)
