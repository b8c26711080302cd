"""A leaderboard from the plan to the verdict: its trials, its budget, its board, its one judgement."""

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic, time
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from tests.helpers import searched_learners
from tests.helpers.fake_edges import World, enter
from tests.helpers.intruder import take_away
from tests.helpers.searched_learners import CHILD, LEARNERS, reviews

from reviewloop.adapters.lake import artifacts, frames, places, s3, sealed
from reviewloop.adapters.leaderboard import bounded, program, race, search_program, study, workplace
from reviewloop.adapters.leaderboard.bounded import ORPHAN_SECONDS
from reviewloop.config import load_config
from reviewloop.core.dataset.provenance import as_delivered
from reviewloop.core.leaderboard.nested import WHOLE, parts
from reviewloop.errors import ConfigError, NothingToDo, PermanentError
from reviewloop.refs import AnsweredRef, FeaturesRef, KindRef, LeaderboardRef, SearchRef, WinnerRef
from reviewloop.settings import settings
from reviewloop.steps.leaderboard import finetune_seeds as tuner
from reviewloop.steps.leaderboard import judge_winner as judging
from reviewloop.steps.leaderboard import plan_search as planning
from reviewloop.steps.leaderboard import try_settings as trying
from reviewloop.steps.leaderboard.answer_kind import answer_kind
from reviewloop.steps.leaderboard.judge_winner import judge_winner
from reviewloop.steps.leaderboard.list_trials import list_trials
from reviewloop.steps.leaderboard.pick_settings import pick_settings
from reviewloop.steps.leaderboard.plan_search import plan_search
from reviewloop.steps.leaderboard.rank_kinds import rank_kinds, read_board
from reviewloop.steps.leaderboard.try_settings import try_settings

ROOT = Path(__file__).resolve().parents[3]
TABLE = "tests.helpers.searched_learners"
KINDS = ("majority", "reader")
NUM_TRIALS = 3


def inside(module: str, job: dict, folder: Path, seconds: float) -> tuple[str, str]:
    """A process, in this one."""
    assert seconds > 0
    folder.mkdir(parents=True, exist_ok=True)
    if module == trying.PROGRAM:
        search_program.run(folder, search_program.SearchJob(**job))
    else:
        program.run(folder, program.Job(**job))
    return "done", ""


@pytest.fixture
def features(tmp_path, monkeypatch) -> FeaturesRef:
    """A snapshot in a lake in memory; kinds that are quick, and no process."""
    enter(World(), monkeypatch)
    monkeypatch.setenv("REVIEWLOOP_WORK_DIR", str(tmp_path / "work"))
    settings.cache_clear()
    monkeypatch.setattr(workplace, "TABLE", TABLE)
    monkeypatch.setattr(searched_learners, "LEARNERS", LEARNERS[:2])
    shipped = load_config()
    small = shipped.leaderboard.model_copy(update={"num_folds": 3, "num_trials": NUM_TRIALS, "trials_a_task": 2})
    monkeypatch.setattr(planning, "load_config", lambda: shipped.model_copy(update={"leaderboard": small}))
    monkeypatch.setattr(trying, "run_bounded", inside)
    monkeypatch.setattr(race, "run_bounded", inside)
    monkeypatch.setattr(judging, "current_champion", lambda: None)
    known = {f"{part}.parquet": frames.to_parquet(reviews(size, 0, part)) for part, size in (("train", 150), ("validation", 30))}
    stored = artifacts.publish(s3.lake_uri("features"), known)
    exam = sealed.seal(as_delivered(reviews(90, 0, "test")))
    yield FeaturesRef(
        uri=stored.uri, sealed_uri=exam.uri, digest=stored.digest, last_day="2026-01-01", num_train=150, num_validation=30,
        num_test=90, num_new=150, max_seq_length=64,
    )  # fmt: skip
    settings.cache_clear()


def searched(features: FeaturesRef, run: str = "run-1", **knobs: object) -> tuple[SearchRef, list[KindRef]]:
    search = plan_search(features, minutes=5, full_search=True, dag_run_key=run, **knobs)
    for one in list_trials(search):
        assert try_settings(one).state == "done"
    return search, pick_settings(search)


def ranked(features: FeaturesRef, **knobs: object) -> tuple[LeaderboardRef, list[AnsweredRef]]:
    search, kinds = searched(features, **knobs)
    answered = [answer_kind(one) for one in kinds]
    return rank_kinds(search, kinds, answered), answered


def states(search: SearchRef, part: str = WHOLE) -> list[str]:
    store = study.storage()
    return [one.state.name for one in store.get_all_trials(store.get_study_id_from_name(study.name_of(search.key, "reader", part)))]


def test_a_search_finds_better_settings_in_each_part_and_answers_that_are_no_numbers_fail_their_trial(features):
    search, (majority, reader) = searched(features)
    assert majority.settings == {}
    assert set(reader.settings) == set(parts(3))
    assert all(not one["blind"] and one["care"] >= 0.3 for one in reader.settings.values())
    assert reader.settings[WHOLE]["care"] > 0.3
    assert {len(states(search, part)) for part in parts(3)} == {NUM_TRIALS}
    assert "failed: ValueError" in reader.told
    assert "are no probabilities: not finite" in reader.told
    assert "RUNNING" not in {one for part in parts(3) for one in states(search, part)}
    again, (_, same) = searched(features, run="run-2")
    assert again.key != search.key
    assert same.settings == reader.settings, "a seed gives the same trials in sequence"


def test_a_retried_task_adds_no_trial_and_a_cleared_plan_keeps_what_was_tried(features, monkeypatch):
    search = plan_search(features, minutes=5, full_search=True, dag_run_key="run-1")
    first = list_trials(search)[0]
    killed = {"left": 1}

    def begun(module: str, job: dict, folder: Path, seconds: float) -> tuple[str, str]:
        if killed["left"]:
            killed["left"] = 0
            study.take(study.storage(), study.name_of(job["key"], "reader", "0"), job["first"], 1)
            raise KeyboardInterrupt
        return inside(module, job, folder, seconds)

    monkeypatch.setattr(trying, "run_bounded", begun)
    with pytest.raises(KeyboardInterrupt):
        try_settings(first)
    assert states(search, "0") == ["RUNNING", *["WAITING"] * (NUM_TRIALS - 1)]
    for _ in range(2):
        assert try_settings(first).state == "done"
    assert set(states(search, "0")[:2]) <= {"COMPLETE", "PRUNED", "FAIL"}
    assert states(search, "0")[0] == "COMPLETE"
    assert states(search, "0")[2:] == ["WAITING"]
    again = plan_search(features, minutes=5, full_search=True, dag_run_key="run-1")
    assert again.key == search.key
    assert again.search_until > search.search_until
    assert len(states(search, "0")) == NUM_TRIALS


def test_trials_whose_task_was_lost_are_shut_when_settings_are_picked(features):
    search = plan_search(features, minutes=5, full_search=True, dag_run_key="run-1")
    study.take(study.storage(), study.name_of(search.key, "reader", "0"), 0, 1)  # and its task is killed for good
    (_, reader) = pick_settings(search)
    assert states(search, "0") == ["FAIL"] * NUM_TRIALS
    assert "failed: its task ended without it" in reader.told


def test_what_a_killed_run_left_open_is_failed_by_the_next_one(features, monkeypatch):
    search = plan_search(features, minutes=5, full_search=True, dag_run_key="run-1")
    study.take(study.storage(), study.name_of(search.key, "reader", "0"), 0, 1)
    monkeypatch.setattr(planning, "time", lambda: time() + 600)
    plan_search(features, minutes=5, full_search=True, dag_run_key="run-2")
    assert states(search, "0") == ["FAIL"] * NUM_TRIALS


def test_when_the_time_is_up_nothing_begins_and_every_row_says_so(features, monkeypatch):
    search = plan_search(features, minutes=5, full_search=True, dag_run_key="run-1").model_copy(
        update={"search_until": 1.0, "answer_until": 1.0}
    )
    assert {try_settings(one).reason for one in list_trials(search)} == {"not begun: the time of the search was used up"}
    kinds = pick_settings(search)
    assert kinds[1].settings[WHOLE] == {}, "no trial was completed: its own"
    answered = [answer_kind(one) for one in kinds]
    assert {(one.state, one.reason) for one in answered} == {("timed out", "not begun: the budget was used up")}
    board = rank_kinds(search, kinds, answered)
    assert board.chosen is None
    with pytest.raises(NothingToDo, match="no kind was done"):
        judge_winner(board)
    assert not workplace.folder(search).exists(), "no copy of the rows stays"


def test_without_a_full_search_nothing_is_tried_and_minutes_are_a_number(features):
    search = plan_search(features, dag_run_key="run-1")
    assert list_trials(search) == []
    assert [one.settings for one in pick_settings(search)] == [{}, {}]
    assert search.budget_seconds == 60 * load_config().leaderboard.minutes
    with pytest.raises(ConfigError, match="minutes: 0 is not allowed"):
        plan_search(features, minutes=0)


def test_the_board_is_whole_or_not_there_and_the_same_of_the_same_answers(features, monkeypatch):
    search, kinds = searched(features)
    answered = [answer_kind(one) for one in kinds]
    assert answered == [answer_kind(one) for one in kinds], "nothing is answered twice"
    write = s3.write_json
    monkeypatch.setattr(s3, "write_json", lambda uri, value: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        rank_kinds(search, kinds, answered)
    place = places.reports("leaderboard")
    assert not [uri for uri in s3.list_uris(place) if uri.endswith(artifacts.MANIFEST)]
    monkeypatch.setattr(s3, "write_json", write)
    board = rank_kinds(search, kinds, answered)
    assert board == rank_kinds(search, kinds, answered)
    assert artifacts.open_artifact(board.uri, board.digest).read("index.html")
    assert board.chosen == "reader"
    reader = next(row for row in read_board(board).rows if row.kind == "reader")
    assert reader.settings == kinds[1].settings[WHOLE]
    folds = np.unique(workplace.rows_of(search)["fold"])
    assert len(folds) == 3


def test_what_decides_a_leaderboard_is_in_its_key_and_its_time_is_not(features, monkeypatch):
    def key(features: FeaturesRef = features, minutes: float = 5, run: str = "run-1", **knobs: object) -> str:
        return plan_search(features, minutes=minutes, dag_run_key=run, **knobs).key

    same = key()
    assert same == key(minutes=6)
    others = [key(features.model_copy(update={"digest": "0" * 64})), key(seed=99), key(full_search=True), key(run="run-2")]
    configured = planning.load_config()
    changes: dict[str, dict[str, object]] = {
        "training": {"num_resamples": 7}, "features": {"balance_power": 0.123}, "leaderboard": {"num_folds": 4}
    }  # fmt: skip
    for section, value in changes.items():
        changed = configured.model_copy(update={section: getattr(configured, section).model_copy(update=value)})
        with monkeypatch.context() as patch:
            patch.setattr(planning, "load_config", lambda changed=changed: changed)
            others.append(key())
    for digest in ("code_digest", "lock_digest", "pin"):
        with monkeypatch.context() as patch:
            patch.setattr(planning, digest, lambda *_: "another")
            others.append(key())
    with monkeypatch.context() as patch:
        patch.setattr(searched_learners, "LEARNERS", LEARNERS[:1])
        others.append(key())
    assert len({same, *others}) == 1 + len(others)


def test_folds_that_were_replaced_or_are_of_other_rows_and_a_board_that_is_another_are_refused(features):
    search = plan_search(features, dag_run_key="run-1")
    with pytest.raises(PermanentError, match="holds another artifact"):
        workplace.rows_of(search.model_copy(update={"folds_digest": "0" * 64}))
    few = workplace.publish_folds(search.key, np.zeros(3, dtype=np.int64))
    with pytest.raises(PermanentError, match="folds of 3 rows, the snapshot has 180: start the run again"):
        workplace.rows_of(search.model_copy(update={"folds_uri": few.uri, "folds_digest": few.digest}))
    board, _ = ranked(features)
    with pytest.raises(PermanentError, match="holds another artifact"):
        read_board(board.model_copy(update={"digest": "0" * 64}))


def test_a_kind_whose_task_was_lost_is_a_row_and_answers_that_were_replaced_are_none(features):
    search, kinds = searched(features)
    answered = [answer_kind(one) for one in kinds]
    board = read_board(rank_kinds(search, kinds, [None, answered[1]]))
    lost = next(row for row in board.rows if row.kind == "majority")
    assert (lost.state, lost.reason) == ("failed", "its task ended without an answer")
    with pytest.raises(PermanentError, match="holds another artifact"):
        rank_kinds(search, kinds, [answered[0], answered[1].model_copy(update={"digest": "0" * 64})])


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens from now on: a fit of a judged kind, and what the sealed part is opened for."""
    happened: list[str] = []
    door, fit = sealed.open_sealed, judging._fit

    def opened(features: FeaturesRef, purpose: str) -> object:
        happened.append(purpose)
        return door(features, purpose)

    def fitted(*given: object) -> object:
        happened.append("fit")
        return fit(*given)

    monkeypatch.setattr(sealed, "open_sealed", opened)
    monkeypatch.setattr(judging, "_fit", fitted)
    return happened


def test_the_sealed_part_judges_a_board_once(features, monkeypatch):
    board, _ = ranked(features)
    happened = watched(monkeypatch)
    winner = judge_winner(board, "run-1")
    assert (winner.made_by, winner.kind) == ("run-1", "reader")
    assert happened == ["fit", "leaderboard"], "opened when all is fitted"
    assert judge_winner(board, "run-2") == winner
    assert happened == ["fit", "leaderboard"], "who asks again is told what was said"
    said = json.loads(artifacts.open_named(winner.uri).read("judgement.json"))
    assert [one["name"] for one in said["rows"]] == ["reader", "champion"]
    assert said["rows"][1]["note"] == "there is none yet"
    assert said["num_rows"] == 90
    assert said["number"] == 1
    page = artifacts.open_named(winner.uri).read("index.html").decode()
    assert not workplace.folder(board.search).exists(), "no copy of the rows stays"
    assert "The choice on the sealed part" in page
    assert "could not be shown" not in page


def test_what_was_judged_is_not_judged_again_though_its_page_is_gone(features, monkeypatch):
    board, _ = ranked(features)
    winner = judge_winner(board, "run-1")
    take_away(f"{winner.uri}/{artifacts.MANIFEST}")
    happened = watched(monkeypatch)
    assert judge_winner(board, "run-2") == winner
    assert happened == []


def test_what_was_judged_by_a_task_that_was_killed_before_its_record_is_not_judged_again(features, monkeypatch):
    board, _ = ranked(features)
    happened = watched(monkeypatch)

    def killed(uri: str, /, **note: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(judging.claims, "take", killed)
        with pytest.raises(KeyboardInterrupt):
            judge_winner(board, "run-1")
    assert judge_winner(board, "run-2").made_by == "run-2"
    assert happened == ["fit", "leaderboard"]


def test_another_board_of_the_same_sealed_part_is_counted_and_a_champion_is_asked(features, monkeypatch):
    first, _ = ranked(features)
    judge_winner(first, "run-1")
    champion = SimpleNamespace(version="7", source="s3://x", digest="d")
    monkeypatch.setattr(judging, "current_champion", lambda: champion)
    monkeypatch.setattr(judging, "BASELINE", "majority")

    def fetch(source: str, digest: str) -> object:
        return SimpleNamespace(predict_proba=lambda texts: np.tile([0.1, 0.1, 0.8], (len(texts), 1)))

    monkeypatch.setattr(judging, "fetch_predictor", fetch)
    search, kinds = searched(features, run="run-2", seed=5)
    board = rank_kinds(search, kinds, [answer_kind(one) for one in kinds])
    said = json.loads(artifacts.open_named(judge_winner(board, "run-2").uri).read("judgement.json"))
    assert said["number"] == 2
    assert [one["name"] for one in said["rows"]] == ["reader", judging.NAMED, "champion, version 7"]
    assert all(one["delta"] > 0 for one in said["rows"][1:])


def test_two_judges_at_once_say_one_thing(features, monkeypatch):
    board, _ = ranked(features)
    second: list[WinnerRef] = []
    take = judging.claims.take

    def late(uri: str, /, **note: object) -> object:
        monkeypatch.setattr(judging.claims, "take", take)
        second.append(judge_winner(board, "run-2"))
        return take(uri, **note)

    monkeypatch.setattr(judging.claims, "take", late)
    assert judge_winner(board, "run-1") == second[0]
    assert second[0].made_by == "run-2"


@pytest.mark.slow
def test_the_budget_holds_whatever_hangs_and_the_trials_it_kills_are_failed(features, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'include'}:{ROOT}")
    monkeypatch.setenv(CHILD, str(tmp_path / "child"))
    monkeypatch.setattr(searched_learners, "LEARNERS", LEARNERS[2:])
    for module in (trying, race):
        monkeypatch.setattr(module, "run_bounded", bounded.run_bounded)
    begun, budget = monotonic(), 12.0
    search = plan_search(features, minutes=budget / 60, full_search=True, dag_run_key="run-1")
    tried = [try_settings(one) for one in list_trials(search)]
    kinds = pick_settings(search)
    answered = [answer_kind(one) for one in kinds]
    board = rank_kinds(search, kinds, answered)
    assert monotonic() - begun < 1.1 * budget
    assert {one.state for one in tried} == {"timed out"}
    assert (answered[0].state, board.chosen) == ("timed out", None)
    store = study.storage()
    trials = store.get_all_trials(store.get_study_id_from_name(study.name_of(search.key, "hanging", "0")))
    assert [one.state.name for one in trials] == ["FAIL"] * NUM_TRIALS
    assert trials[0].user_attrs["reason"].startswith("timed out: after ")
    if (tmp_path / "child").exists():  # on a machine so slow that the time was up before it hung, there is none
        pid = int((tmp_path / "child").read_text())
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def fine_tuned(models: int, state: str = "done", reason: str = "") -> Callable[..., tuple[str, str]]:
    """A program that leaves so many seeds behind."""

    def run(folder: Path, command: list[str], env: dict[str, str], seconds: float) -> tuple[str, str]:
        assert command[:2] == ["timeout", "--signal=KILL"], "it ends though its starter was killed"
        assert 0 < seconds < int(command[2]) < seconds + 2 * ORPHAN_SECONDS
        for number in range(models):
            (folder / f"seed-{number}" / "model").mkdir(parents=True)
            (folder / f"seed-{number}" / "model" / "weights").write_bytes(b"12345678")
            (folder / f"seed-{number}" / "result.json").write_text("{}")
        return state, reason

    return run


@pytest.fixture
def tuning(features, monkeypatch) -> Callable[..., SearchRef]:
    """A full search whose fine-tune leaves so many seeds."""

    def plan(*given: object) -> SearchRef:
        asked: list[object] = []
        monkeypatch.setattr(tuner, "prepare", lambda folder, spec: asked.append(spec) or (["program"], {}))
        monkeypatch.setattr(tuner, "run_command", fine_tuned(*given))
        rule = SimpleNamespace(predict_proba=lambda texts: np.tile([0.2, 0.1, 0.7], (len(texts), 1)))
        monkeypatch.setattr(tuner, "load_predictor", lambda _folder: rule)
        search = plan_search(features, minutes=5, full_search=True, dag_run_key="run-1")
        asked_of[search.key] = asked
        return search

    asked_of: dict[str, list[object]] = {}
    plan.asked = asked_of  # type: ignore[attr-defined]
    return plan


def test_the_transformer_is_a_row_of_three_seeds_apart_on_the_validation_part(tuning):
    search = tuning(3)
    seeds = tuner.finetune_seeds(search)
    assert seeds.state == "done"
    (spec,) = tuning.asked[search.key]
    assert spec.parameters["num_seeds"] == 3
    assert spec.features_uri == search.features.uri
    assert tuner.finetune_seeds(search) == seeds, "not fine-tuned again"
    row = tuner.row_of(seeds)
    assert (row.state, row.num_rows, len(row.by_seed), row.num_bytes) == ("done", 30, 3, 8)
    with pytest.raises(PermanentError, match="it was replaced"):
        tuner.row_of(seeds.model_copy(update={"digest": "0" * 64}))
    kinds = pick_settings(search)
    ref = rank_kinds(search, kinds, [answer_kind(one) for one in kinds], seeds)
    board = read_board(ref)
    assert board.apart == (row,)
    assert row.kind not in {one.kind for one in board.rows}
    page = artifacts.open_artifact(ref.uri, ref.digest).read("index.html").decode()
    assert "Marked on other rows" in page
    assert "could not be shown" not in page


def test_a_fine_tune_that_is_late_is_a_row_that_says_how_far_it_came(tuning, features):
    search = tuning(1, "timed out", "after 60 s")
    row = tuner.row_of(tuner.finetune_seeds(search))
    assert (row.state, row.reason) == ("timed out", "after 60 s, 1 of 3 seeds")
    late = search.model_copy(update={"answer_until": 1.0})
    assert tuner.finetune_seeds(late).reason == "not begun: the budget was used up"
    with pytest.raises(NothingToDo, match="only a full search fine-tunes"):
        tuner.finetune_seeds(plan_search(features))
