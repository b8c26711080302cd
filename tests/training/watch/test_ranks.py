"""Two ranks on this machine: one record for both, and a stop that both hear of at the same step."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.helpers.watching import TOKENS, lines

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def test_two_ranks_are_one_training(tiny_bert, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "tests.helpers.watch_on_two_ranks", str(tiny_bert), str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT)]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]

    ends = [json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in range(2)]
    assert ends == [{"stopped_by": "overtraining", "step": 20}] * 2, "rank 0 learnt it after step 17, both at the next capture"
    windows = lines(tmp_path / "watch", "steps")
    assert [line["step"] for line in windows] == [5, 10, 15, 20]
    for line in windows:
        assert line["num_rows"] == 5 * (3 + 2)
        assert line["num_tokens"] == 5 * (3 + 2) * TOKENS
        assert sum(line["class_shares"]) == 1
        assert line["rank_seconds"][1] >= 5 * 0.1
    findings = [(found["rule"], found["step"]) for found in lines(tmp_path / "watch", "findings")]
    assert findings == [("load_imbalance", 10), ("overtraining", 17)]
    assert [line["step"] for line in lines(tmp_path / "watch", "tensors")] == [1, 5, 10, 15, 20]
