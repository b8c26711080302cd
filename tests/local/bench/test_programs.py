"""The contenders, each trained for real on the tiny BERT in this process, and the one hook that holds them between turns."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.helpers.benched import make_recipe, write_inputs
from torch.optim.optimizer import register_optimizer_step_post_hook
from transformers import AutoModelForSequenceClassification

from reviewloop.config import load_config
from reviewloop.models.encoder import padding
from reviewloop.models.encoder.device import autocast
from reviewloop.models.encoder.padding import PAD_TO
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.training.data import batches
from reviewloop.training.data.data import read_part
from reviewloop.training.optimisation.dropout import CpuDropout
from reviewloop.training.optimisation.step import Learner, make_learner
from reviewloop.training.ranks import Ranks
from reviewloop.training.validation import validate
from reviewloop_local.bench.contenders import ABLATIONS, AS_SHIPPED, CONTENDERS, FROZEN, OURS
from reviewloop_local.bench.programs import customer, judge, ours, probe, trainer, turns
from reviewloop_local.bench.programs.ablations import CHANGES
from reviewloop_local.bench.programs.turns import Turns
from reviewloop_local.bench.race import race
from reviewloop_local.bench.recipe import PREDICTIONS, Recipe

pytestmark = pytest.mark.slow

NUM_WORDS = 40
"""The tiny BERT's vocabulary: tells its table of words from its other embeddings."""
LABELS = ("negative", "neutral", "positive")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def recipe(tiny_bert: Path, parts: Path, tmp_path: Path) -> Recipe:
    """One epoch of 50 steps."""
    made = make_recipe(tmp_path / "bench", base_model=str(tiny_bert), epochs=1)
    write_inputs(made, parts)
    for contender in CONTENDERS:
        made.home(contender.name).mkdir()
    return made


def learner(recipe: Recipe, name: str) -> Learner:
    """What a form of ours starts with."""
    part = read_part(recipe.part("train"), 64, 3)
    return make_learner(ours.job(recipe, recipe.home(name)), Ranks(), (part,))


def train(recipe: Recipe, name: str) -> None:
    program = {found.name: found.program for found in CONTENDERS}[name]
    {"customer": customer.train, "trainer": trainer.train, "ours": ours.train}[program](recipe, name)


@contextmanager
def seen_widths() -> Iterator[set[int]]:
    """Tokens, padding included, of the batches that any model reads meanwhile."""
    widths: set[int] = set()

    def look(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None:  # the words; places have none
            widths.add(inputs[0].shape[1])

    hook = torch.nn.modules.module.register_module_forward_pre_hook(look)
    yield widths
    hook.remove()


@contextmanager
def counted_steps() -> Iterator[list[str]]:
    """The optimisers that took a step meanwhile, by their class's name, a step each."""
    steps: list[str] = []
    hook = register_optimizer_step_post_hook(lambda taken, *_: steps.append(type(taken).__name__))
    yield steps
    hook.remove()


def loss(recipe: Recipe, model: torch.nn.Module) -> float:
    """Mean cross entropy in nats on the training rows."""
    return validate(model, read_part(recipe.part("train"), 64, 3), 50, 0, 64).loss


@pytest.mark.parametrize(
    ("name", "is_padded_right", "optimiser"),
    [
        ("customer", lambda widths: widths == {64}, "Adam"),
        ("trainer", lambda widths: widths == {64}, "AdamW"),
        ("trainer-tuned", lambda widths: len(widths) > 2 and all(width % 8 == 0 for width in widths), "AdamW"),
        ("ours", lambda widths: len(widths) > 2 and all(width % PAD_TO == 0 for width in widths), "AdamW"),
    ],
)
def test_a_contender_takes_every_step_pads_as_it_says_and_learns(
    name: str, is_padded_right: Callable[[set[int]], bool], optimiser: str, recipe: Recipe
) -> None:
    recipe = recipe.model_copy(update={"epochs": 3, "learning_rate": 1e-2, "head_learning_rate": 1e-2})
    before = loss(recipe, load_classifier(recipe.base_model, LABELS))
    with seen_widths() as widths, counted_steps() as steps:
        train(recipe, name)
    assert is_padded_right(widths), widths
    assert steps == [optimiser] * 150
    model = AutoModelForSequenceClassification.from_pretrained(recipe.home(name) / "model")
    assert loss(recipe, model) < 0.8 < before, "0.95 is what guessing by the classes' shares costs"


def test_ours_is_the_job_as_configured_but_for_what_the_recipe_fixes(recipe: Recipe) -> None:
    job = ours.job(recipe, recipe.home("ours"))
    config = load_config().training.transformer
    for name in ("warmup_share", "weight_decay", "checkpoint_every_steps"):
        assert getattr(job, name) == getattr(config, name)
    assert (job.epochs, job.batch_size, job.learning_rate, job.seed) == (1, 8, 5e-3, 7)


def test_ours_is_not_taken_for_trained_when_its_program_fails(recipe: Recipe) -> None:
    too_short = recipe.model_copy(update={"max_seq_length": 8})
    with pytest.raises((ValueError, SystemExit)):
        ours.train(too_short, "ours")
    assert not (recipe.home("ours") / "model").exists()


def test_the_judge_asks_every_model_about_every_row(recipe: Recipe) -> None:
    for name in ("customer", "ours"):
        load_classifier(recipe.base_model, LABELS).save_pretrained(recipe.home(name) / "model")
    judge.judge(recipe, ["customer", "ours"])
    found = json.loads((recipe.folder / PREDICTIONS).read_text())
    assert set(found) == {"validation", "held_out"}
    rows = read_part(recipe.part("held_out"), 64, 3)
    assert found["held_out"]["labels"] == rows.labels.tolist()
    assert len(found["held_out"]["ours"]) == len(found["validation"]["customer"]) == len(rows)


def test_parameters_that_are_only_looked_up_are_not_counted(tiny_bert: Path) -> None:
    model = load_classifier(tiny_bert, LABELS)
    every = sum(parameter.numel() for parameter in model.parameters())
    assert probe.num_multiplied(str(tiny_bert)) == every - 16 * (NUM_WORDS + 64 + 2)
    assert probe.processor()


class Clock:
    """Time passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Parent(io.StringIO):
    """Lets the training go on ``num_words`` times; each time an hour passes first."""

    def __init__(self, clock: Clock, num_words: int) -> None:
        super().__init__("go\n" * num_words)
        self._clock = clock

    def readline(self, *_: object) -> str:
        self._clock.now += 3600
        return super().readline()


def turns_of(num_epochs: int, monkeypatch: pytest.MonkeyPatch, num_words: int = 99) -> list[tuple[float, int, int]]:
    """Seconds, tokens and tokens with padding of each turn.

    An epoch has 9 steps of a second, each on 3 tokens and 2 of padding; it begins with a minute and a batch of something else.
    """
    recipe = make_recipe(Path("nowhere"), num_train_rows=72, turn_steps=3, epochs=num_epochs)
    clock, reports = Clock(), io.StringIO()
    monkeypatch.setattr(turns.time, "perf_counter", clock)
    words, positions = torch.nn.Embedding(40, 2, padding_idx=0), torch.nn.Embedding(8, 2)
    optimiser = torch.optim.SGD(words.parameters())

    def step() -> None:
        clock.now += 1
        words(torch.tensor([[5, 6, 7, 0, 0]]))
        positions(torch.arange(5))
        optimiser.step()

    with suppress(SystemExit), Turns(recipe, Parent(clock, num_words), reports):
        for _ in range(num_epochs):
            clock.now += 60
            words(torch.tensor([[1, 2, 3, 4]]))
            for _ in range(recipe.steps_per_epoch):
                step()
    step()  # the hooks are gone: nothing is reported
    return [(turn["seconds"], turn["num_tokens"], turn["num_read"]) for turn in map(json.loads, reports.getvalue().splitlines())]


def test_turns_hold_training_alone_no_waiting_and_no_first_step_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert turns_of(2, monkeypatch) == [(3.0, 9, 15), (3.0, 9, 15), (2.0, 6, 10)] * 2


def test_a_training_ends_when_its_parent_has_seen_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert turns_of(2, monkeypatch, num_words=1) == [(3.0, 9, 15), (3.0, 9, 15)]


def test_a_training_whose_tokens_cannot_be_counted_is_refused() -> None:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])
    with Turns(make_recipe(Path("nowhere")), io.StringIO(), io.StringIO()), pytest.raises(RuntimeError, match="no embedding"):
        optimiser.step()


def test_a_real_process_is_held_between_turns_and_leaves_its_model(recipe: Recipe) -> None:
    lap = race((OURS,), recipe, lambda *_: None)[OURS.name]
    assert len(lap.turns) == 5
    tokens = read_part(recipe.part("train"), 64, 3).lengths.sum()
    assert 0.9 * tokens < sum(turn.num_tokens for turn in lap.turns) < tokens, "all but one of the epoch's 50 steps"
    assert all(turn.num_read % (8 * PAD_TO) == 0 for turn in lap.turns)
    assert all(turn.memory_mb > 50 for turn in lap.turns)
    assert lap.finished
    assert (recipe.home(OURS.name) / "model" / "model.safetensors").exists()


def test_every_form_of_ours_has_its_change() -> None:
    assert [found.name for found in (AS_SHIPPED, FROZEN, *ABLATIONS[1:])] == [AS_SHIPPED.name, *CHANGES]


def test_two_layers_and_the_embeddings_are_frozen_in_one_form_of_ours(recipe: Recipe) -> None:
    def learning() -> set[str]:
        model = learner(recipe, "frozen").model
        return {name for name, parameter in model.named_parameters() if parameter.requires_grad}

    with CHANGES["frozen"]():
        left = learning()
    assert not [name for name in left if ".embeddings." in name or ".layer.0." in name or ".layer.1." in name]
    assert left < learning()


def test_without_length_groups_a_batch_mixes_lengths() -> None:
    lengths = np.random.default_rng(0).integers(5, 100, 512)

    def spread() -> float:
        return float(np.mean([np.ptp(lengths[rows]) for rows in batches.epoch_batches(lengths, 16, 1, 0)]))

    grouped = spread()
    with CHANGES["no-buckets"]():
        assert spread() > 4 * grouped
    assert spread() == grouped


def test_without_rounding_a_batch_is_as_wide_as_its_longest_row() -> None:
    tokens = [np.arange(5), np.arange(41)]
    with CHANGES["no-rounding"]():
        assert padding.pad(tokens, 0, 128)[0].shape == (2, 41)
    assert padding.pad(tokens, 0, 128)[0].shape == (2, 48)


@pytest.mark.parametrize(("gains", "as_shipped", "other"), [(True, "bfloat16", "float32"), (False, "float32", "bfloat16")])
def test_the_other_precision_is_the_one_that_is_not_shipped(
    gains: bool, as_shipped: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": gains})
    product = torch.ones(2, 2)
    with autocast(torch.device("cpu")):
        assert (product @ product).dtype == getattr(torch, as_shipped)
    with CHANGES["other-precision"](), autocast(torch.device("cpu")):
        assert (product @ product).dtype == getattr(torch, other)


def test_without_the_fused_optimiser_it_is_asked_for_in_vain() -> None:
    parameters = [torch.nn.Parameter(torch.zeros(1))]
    with CHANGES["unfused"]():
        assert torch.optim.AdamW(parameters, fused=True).defaults["fused"] is False
    assert torch.optim.AdamW(parameters, fused=True).defaults["fused"] is True


def test_with_the_whole_vocabulary_the_table_keeps_its_rows(recipe: Recipe) -> None:
    def num_rows() -> int:
        return learner(recipe, "whole-vocabulary").model.get_input_embeddings().weight.shape[0]

    with CHANGES["whole-vocabulary"]():
        whole = num_rows()
    assert num_rows() < whole


def test_with_wide_residuals_the_embeddings_stay_fp32(recipe: Recipe) -> None:
    def type_of_the_embeddings() -> torch.dtype:
        embeddings = learner(recipe, "wide-residuals").model.base_model.embeddings
        with torch.autocast("cpu", dtype=torch.bfloat16):
            made: torch.Tensor = embeddings(torch.tensor([[0]]))
        return made.dtype

    with CHANGES["wide-residuals"]():
        assert type_of_the_embeddings() == torch.float32
    assert type_of_the_embeddings() == torch.bfloat16


def test_with_torch_compile_the_whole_encoder_is_compiled_with_nothing_that_cuts_its_graph(recipe: Recipe) -> None:
    def encoder() -> torch.nn.Module:
        return learner(recipe, "compiled").model.base_model

    with CHANGES["compiled"]():
        compiled = encoder()
    assert compiled._compiled_call_impl is not None
    assert not [module for module in compiled.modules() if isinstance(module, CpuDropout)]
    assert encoder()._compiled_call_impl is None


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("as-shipped", ("CpuDropout", 0.0, "eager")),
        ("torch-dropout", ("Dropout", 0.0, "eager")),
        ("attention-dropout", ("CpuDropout", 0.1, "eager")),
        ("sdpa", ("CpuDropout", 0.0, "sdpa")),
    ],
)
def test_dropout_and_attention_are_changed_one_at_a_time(name: str, seen: tuple[str, float, str], recipe: Recipe) -> None:
    with CHANGES.get(name, nullcontext)():
        model = learner(recipe, name).model
    config = model.config
    found = type(model.dropout).__name__, config.attention_probs_dropout_prob, config._attn_implementation
    assert found == seen


def test_the_tuned_trainer_uses_bf16_only_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for has_it in (True, False):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda has_it=has_it: {"avx512_bf16": has_it})
        if not torch.cuda.is_available():
            assert trainer.tuned_settings()["bf16"] is has_it
