from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tests.core.dataset.test_snapshots import wordy
from tests.helpers.contracts import CONTRACT

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import split_snapshot
from reviewloop.core.dataset.splits import Part
from reviewloop_local.studies import finetune_study
from reviewloop_local.studies.finetune_study import Rows, best_factors, cut, in_words, main, study, variants, without_training
from reviewloop_local.studies.mean_pooling import MeanPooler


def parts() -> dict[Part, pd.DataFrame]:
    return split_snapshot(wordy(600), CONTRACT, 0.1, 0.2).parts


def test_nobody_is_asked_what_it_learnt_and_the_sealed_part_is_not_there() -> None:
    whole = parts()
    rows = cut(whole, load_config(), 200)
    assert len(rows.train) == 200
    learnt, asked = set(rows.train["text_digest"]), set(rows.asked["text_digest"])
    assert learnt.isdisjoint(asked)
    assert learnt | asked == set(whole["train"]["text_digest"]) | set(whole["validation"]["text_digest"])
    assert set(rows.validation["text_digest"]) == set(whole["validation"]["text_digest"])
    everything = cut(whole, load_config(), 10**6)
    assert set(everything.asked["text_digest"]) == set(whole["validation"]["text_digest"])


def answered(rows: Rows, _config: object, variant: finetune_study.Variant, texts: list[str], _work: Path) -> np.ndarray:
    told = dict(zip(finetune_study.model_texts(rows.asked), rows.asked["label"], strict=True))
    right = variant.inoculation is not None
    found = np.full((len(texts), 3), 0.2)
    for place, text in enumerate(texts):
        found[place, told.get(text, 0) if right or place % 2 else 0] = 0.6
    return found


def test_every_variant_is_compared_with_todays_settings_on_the_same_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(finetune_study, "trained", answered)
    config, rows = load_config(), cut(parts(), load_config(), 300)
    found = study(rows, config, variants()[:2], tmp_path)
    mixed = without_training(rows, config, found[finetune_study.TODAY].probabilities)
    lines = in_words(rows, found, mixed, 200, 1).splitlines()
    assert lines[0].startswith("300 training rows")
    today, better = (
        next(line.split("|") for line in lines if line.startswith(f"| {name} |"))
        for name in (finetune_study.TODAY, "rows from templates")
    )
    assert today[3].strip() == "+0.000 (+0.000 to +0.000)"
    assert better[2].strip() == better[4].strip() == "1.000"
    assert sum("mixed with TF-IDF" in line or "factors for the classes" in line for line in lines) == 2


def test_factors_find_the_rare_class_and_leave_answers_that_are_right() -> None:
    labels = np.repeat([0, 1, 2], 20)
    shy = np.tile([0.2, 0.35, 0.45], (60, 1))
    shy[labels == 0] = [0.6, 0.2, 0.2]
    shy[labels == 2] = [0.1, 0.2, 0.7]
    assert ((shy * best_factors(labels, shy)).argmax(1) == labels).all()
    assert (shy.argmax(1) != labels).any()


def test_the_mean_is_of_the_tokens_that_the_mask_shows() -> None:
    class Pooler(torch.nn.Module):
        dense, activation = torch.nn.Identity(), torch.nn.Identity()

    pooler = MeanPooler(Pooler())
    pooler.mask = torch.tensor([[1, 1, 0]])
    assert pooler(torch.tensor([[[1.0], [3.0], [100.0]]])).tolist() == [[2.0]]


def test_a_variant_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("")
    with pytest.raises(SystemExit):
        main(["--csv", str(file), "--only", "magic"])
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith("make study-finetune: error: --only: no variant magic; known: rows from")
    )
