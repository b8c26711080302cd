"""A job's key follows what decides a result, and nothing else: 1,000 random changes, and each that decides has a key of its own."""

import ast
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import BaseModel

from reviewloop.adapters import deployed as place
from reviewloop.adapters import provenance
from reviewloop.adapters.deployed import finetune_key, job_key
from reviewloop.adapters.imports import meanings, module_file
from reviewloop.config import Config, load_config
from reviewloop.core.lineage.deployed import Deployed, differences, flat
from reviewloop.models.encoder.pretrained import pin
from reviewloop.settings import PROJECT_ROOT

NUM_CHANGES: Final = 1000
KNOBS: Final = {"epochs": 2, "learning_rate": 1e-4, "seed": 7}
FEATURES: Final = "ab" * 32
SOURCE: Final = PROJECT_ROOT / "include"
SMALL: Final = 12_000
"""Bytes of a module that is changed: a larger one takes long to be written anew."""


class Job(BaseModel):
    """Everything a key is made of, to be changed one by one."""

    config: Config
    made_of: Deployed
    features: str = FEATURES
    knobs: dict[str, Any] = KNOBS
    forced_by: str = ""

    @property
    def key(self) -> str:
        return job_key(self.features, self.config, self.knobs, self.made_of, self.forced_by)

    @property
    def weights_key(self) -> str:
        return finetune_key(self.features, self.config, self.knobs, self.made_of, self.forced_by)

    def but(self, **changed: Any) -> "Job":
        return self.model_copy(update=changed)


@pytest.fixture(scope="module")
def job() -> Job:
    config = load_config("test")
    return Job(config=config, made_of=place.deployed(config))


@pytest.fixture(scope="module")
def sources(job: Job) -> dict[str, str]:
    """The text of every module that decides, by its name."""
    texts = {name: module_file(SOURCE, name).read_text(encoding="utf-8") for name in job.made_of.code}
    return {name: text for name, text in texts.items() if 0 < len(text.strip()) < SMALL}


def of_text(job: Job, name: str, text: str) -> Job:
    """The job with another text of one deciding module."""
    (digest,) = meanings({name: ast.parse(text)}).values()
    return job.but(made_of=job.made_of.model_copy(update={"code": job.made_of.code | {name: digest}}))


def turned(value: Any, draw: random.Random) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + draw.randint(1, 10**6)
    if isinstance(value, float):
        return value * draw.uniform(1.001, 3) + draw.uniform(1e-9, 1)
    return f"{value}{draw.randrange(10**9)}"


def with_leaf(model: BaseModel, draw: random.Random) -> BaseModel:
    """``model`` with one value changed, somewhere in it."""
    name = draw.choice([name for name in type(model).model_fields if getattr(model, name) is not None])
    return model.model_copy(update={name: with_changed(getattr(model, name), draw)})


def with_changed(value: Any, draw: random.Random) -> Any:
    if isinstance(value, BaseModel):
        return with_leaf(value, draw)
    if isinstance(value, Mapping) and value:
        name = draw.choice(sorted(value))
        return dict(value) | {name: with_changed(value[name], draw)}
    if isinstance(value, tuple | list) and value:
        at = draw.randrange(len(value))
        return type(value)(with_changed(one, draw) if place == at else one for place, one in enumerate(value))
    return turned(value, draw)


# What decides: each gives a job that has a key of its own.


def a_value_of_the_training(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    return job.but(config=job.config.model_copy(update={"training": with_leaf(job.config.training, draw)}))


def a_knob(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    name = draw.choice(sorted(KNOBS))
    return job.but(knobs=KNOBS | {name: turned(KNOBS[name], draw)})


def the_served_form_or_a_precision_of_it(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    form = draw.choice(["as_trained", f"openvino_int{draw.randrange(10**9)}"])
    return job.but(config=job.config.model_copy(update={"training": job.config.training.model_copy(update={"serve_as": form})}))


def the_data(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    return job.but(features=f"{draw.getrandbits(256):064x}")


def a_digest(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    """Of the lock file, or of the weights."""
    return job.but(made_of=job.made_of.model_copy(update={draw.choice(["lock", "weights"]): f"{draw.getrandbits(256):064x}"}))


def force(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    return job.but(forced_by=f"manual__{draw.randrange(10**9)}")


def constants(tree: ast.Module) -> list[ast.Constant]:
    """Numbers, names and texts of the program, without docstrings and pieces of f-strings."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(one) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for one in ast.walk(node)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in alone | inside]
    return [node for node in found if isinstance(node.value, bool | int | float | str)]


def operations(tree: ast.Module) -> list[ast.BinOp | ast.BoolOp]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.BoolOp)]


@cache
def has(kind: Callable[[ast.Module], list[Any]], text: str) -> bool:
    return bool(kind(ast.parse(text)))


def a_constant_in_the_code(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    name = draw.choice([name for name, text in sources.items() if has(constants, text)])
    tree = ast.parse(sources[name])
    node = draw.choice(constants(tree))
    node.value = turned(node.value, draw)
    return of_text(job, name, ast.unparse(tree))


def a_statement_more(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    name = draw.choice(sorted(sources))
    tree = ast.parse(sources[name])
    blocks = [node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module)]
    draw.choice(blocks).append(ast.parse(f"_more = {draw.randrange(10**9)}").body[0])
    return of_text(job, name, ast.unparse(tree))


def an_operator_turned(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    name = draw.choice([name for name, text in sources.items() if has(operations, text)])
    tree = ast.parse(sources[name])
    node = draw.choice(operations(tree))
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    else:
        node.op = ast.Sub() if not isinstance(node.op, ast.Sub) else ast.Add()
    return of_text(job, name, ast.unparse(tree))


# What does not: each gives a job of the same key.


def comments_and_lines(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    """At the ends of statements, where a comment may stand, and between them."""
    name = draw.choice(sorted(sources))
    ends = {one.start[0] for one in tokenize.generate_tokens(io.StringIO(sources[name]).readline) if one.type == tokenize.NEWLINE}
    lines = sources[name].splitlines()
    for at in draw.sample(sorted(ends), min(3, len(ends))):
        lines[at - 1] += f"  # {draw.randrange(10**9)}\n\n# another line\n"
    return of_text(job, name, "\n".join(lines) + "\n")


def another_layout(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    """Without comments, with other quotes, brackets and breaks, and indented by another width."""
    name = draw.choice(sorted(sources))
    return of_text(job, name, ast.unparse(ast.parse(sources[name])))


def other_docstrings(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    name = draw.choice(sorted(sources))
    tree = ast.parse(sources[name])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            kept = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            node.body = [ast.Expr(ast.Constant(f"Other words {draw.randrange(10**9)}.")), *kept]
    return of_text(job, name, ast.unparse(ast.fix_missing_locations(tree)))


def another_order_of_what_has_none(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    code = list(job.made_of.code.items())
    knobs = list(KNOBS.items())
    watch = job.config.training.transformer.watch
    rules = list(watch.rules.items())
    for one in (code, knobs, rules):
        draw.shuffle(one)
    transformer = job.config.training.transformer.model_copy(update={"watch": watch.model_copy(update={"rules": dict(rules)})})
    training = job.config.training.model_copy(update={"transformer": transformer})
    return job.but(
        knobs=dict(knobs), made_of=job.made_of.model_copy(update={"code": dict(code)}),
        config=job.config.model_copy(update={"training": training}),
    )  # fmt: skip


def a_value_that_judges_shows_or_tells(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    name = draw.choice(["gates", "alerts", "release", "monitor", "response", "serving", "rollout", "explain", "card"])
    return job.but(config=job.config.model_copy(update={name: with_changed(getattr(job.config, name), draw)}))


def other_gates(job: Job, sources: Mapping[str, str], draw: random.Random) -> Job:
    return job.but(made_of=job.made_of.model_copy(update={"gates": f"{draw.getrandbits(256):064x}"}))


Change = Callable[[Job, Mapping[str, str], random.Random], Job]
DECIDE: Final[tuple[Change, ...]] = (
    a_value_of_the_training, a_knob, the_served_form_or_a_precision_of_it, the_data, a_digest, force, a_constant_in_the_code,
    a_statement_more, an_operator_turned,
)  # fmt: skip
DECIDE_NOTHING: Final[tuple[Change, ...]] = (
    comments_and_lines, another_layout, other_docstrings, another_order_of_what_has_none, a_value_that_judges_shows_or_tells,
    other_gates,
)  # fmt: skip


def test_a_thousand_changes_bring_no_wrong_hit_and_no_needless_miss(job: Job, sources: dict[str, str]) -> None:
    draw = random.Random(20260101)
    key, seen = job.key, {}
    for at in range(NUM_CHANGES):
        change = draw.choice((*DECIDE, *DECIDE_NOTHING))
        changed = change(job, sources, draw)
        told = f"change {at}: {change.__name__}"
        if change in DECIDE_NOTHING:
            assert changed.key == key, f"{told}: a needless miss"
            continue
        assert changed.key != key, f"{told}: a wrong hit"
        made_of = json.dumps([changed.features, changed.knobs, changed.forced_by, changed.config.training.model_dump(mode="json"),
                              changed.made_of.model_dump()], sort_keys=True, default=str)  # fmt: skip
        assert seen.setdefault(changed.key, made_of) == made_of, f"{told}: the key of another change"
    assert len(seen) > NUM_CHANGES / 2


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of this project's source and lock."""
    shutil.copytree(SOURCE / "reviewloop", tmp_path / "include/reviewloop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT_ROOT / "requirements.txt", tmp_path)
    return tmp_path


def read(tree: Path) -> dict[str, str]:
    """What decides in the tree, read anew: the lock file and every module."""
    provenance.module_digests.cache_clear()
    found = dict(provenance.module_digests(provenance.MAKING, tree)) | {"lock": provenance.lock_digest(tree)}
    provenance.module_digests.cache_clear()
    return found


@pytest.mark.parametrize(
    ("name", "edit", "is_same"),
    [
        ("training/loop", lambda text: f"{text}\n# a word more\n", True),
        ("core/statistics/metrics", lambda text: ast.unparse(ast.parse(text)), True),
        ("pages/kit", lambda text: f"{text}\n_more = 1\n", True),
        ("adapters/lake/frames", lambda text: f"{text}\n_more = 1\n", False),
        ("models/encoder/transformer", lambda text: f"{text}\nimport reviewloop.core.delivery\n", False),
    ],
)
def test_an_edit_of_a_file_in_a_copied_tree_counts_as_it_means(
    job: Job, tree: Path, name: str, edit: Callable[[str], str], is_same: bool
) -> None:
    file = tree / f"include/reviewloop/{name}.py"
    file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    assert (read(tree) == job.made_of.code | {"lock": job.made_of.lock}) == is_same


def test_a_byte_of_the_weights_counts(job: Job, tmp_path: Path) -> None:
    keys = set()
    for at in range(20):
        folder = tmp_path / str(at)
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(bytes(at == place for place in range(64)))
        (folder / "config.json").write_text("{}")
        (folder / "README.md").write_text(f"for people: {at}")
        weights = pin(str(folder))
        keys.add(job.but(made_of=job.made_of.model_copy(update={"weights": weights})).key)
    assert len(keys) == 20
    (folder / "README.md").write_text("other words")
    assert pin(str(folder)) == weights


def test_two_processes_with_other_hash_seeds_give_one_key(job: Job) -> None:
    program = (
        "from reviewloop.adapters.deployed import deployed, job_key; from reviewloop.config import load_config; "
        f"config = load_config('test'); print(job_key({FEATURES!r}, config, {KNOBS!r}, deployed(config)))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout.strip()
        for seed in ("1", "4242")
    ]
    assert said == [job.key, job.key]


def test_the_weights_key_hears_of_what_the_fine_tune_imports_and_is_told_and_of_nothing_behind_it(
    job: Job, sources: dict[str, str]
) -> None:
    draw = random.Random(11)
    trained_by = provenance.module_digests(provenance.FINETUNING)
    assert set(trained_by) < set(job.made_of.code)
    for name in sources:
        changed = of_text(job, name, f"{sources[name]}\n_more = {draw.randrange(10**9)}\n")
        assert (changed.weights_key != job.weights_key) == (name in trained_by), name
    for change in (a_knob, the_data, a_digest, force):
        assert change(job, sources, draw).weights_key != job.weights_key, change.__name__
    for change in DECIDE_NOTHING:
        assert change(job, sources, draw).weights_key == job.weights_key, change.__name__
    for name in type(job.config.training).model_fields:
        value = with_changed(getattr(job.config.training, name), draw)
        changed = job.but(config=job.config.model_copy(update={"training": job.config.training.model_copy(update={name: value})}))
        assert changed.key != job.key, name
        assert (changed.weights_key != job.weights_key) == (name in {"transformer", "backend"}), name


def test_what_is_told_of_a_change_names_what_the_key_follows(job: Job, sources: dict[str, str]) -> None:
    """Whatever changes the key of a deploy is told, and what is told of one that leaves it is of the gates alone."""
    draw = random.Random(7)
    for change in (a_value_of_the_training, a_digest, a_constant_in_the_code, a_statement_more, comments_and_lines, other_gates):
        for _ in range(10):
            changed = change(job, sources, draw)
            values = flat(changed.config.training.model_dump(mode="json"), place.SECTION)
            told = differences(job.made_of, changed.made_of.model_copy(update={"configuration": values}))
            assert any(not one.startswith("changed gates") for one in told) == (changed.key != job.key), (change.__name__, told)
