"""What follows what, and what starts what."""

from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, TriggerRule
from airflow.sdk.definitions.timetables.simple import NullTimetable

from reviewloop.config import WarehouseConfig, load_config
from reviewloop_airflow.assets import CANDIDATE, CHAMPION, CHANGED, CURATED, DRIFT, FEATURES, PRODUCTS, REMAKING, SCORED

ROOT = Path(__file__).resolve().parents[2]
EDGES = {
    "reviews_ingest": {
        "wait_for_delivery": {"land"},
        "land": {"parse"},
        "parse": {"validate", "check_bias", "read_with_champion", "curate"},
        "validate": {"check_bias"},
        "check_bias": {"read_with_champion"},
        "read_with_champion": {"curate"},
        "curate": {"check_counts"},
        "check_counts": {"publish_day"},
        "publish_day": set(),
    },
    "reviews_annotate": {
        "take_answers": {"propose_queue"},
        "propose_queue": {"answer_queue"},
        "answer_queue": {"take_answers_after"},
        "take_answers_after": set(),
    },
    "reviews_corrections": {"days_to_start": {"start_day"}, "start_day": set()},
    "sentiment_release": {
        "pick_candidate": {"ask", "renew_cards"},
        "renew_cards": {"ask"},
        "ask": {"approve", "start_rollout", "promote"},
        "approve": {"start_rollout"},
        "start_rollout": {"promote"},
        "promote": {"renew_cards_after"},
        "renew_cards_after": set(),
    },
    "sentiment_rollout": {
        "judge_rollout": {"promote_challenger"},
        "promote_challenger": {"renew_cards"},
        "renew_cards": set(),
    },
    "feature_store": {"ask_features": set()},
    "sentiment_leaderboard": {
        "take_features": {"plan_search"},
        "plan_search": {"list_trials", "pick_settings", "finetune_seeds", "rank_kinds"},
        "list_trials": {"try_settings"},
        "try_settings": {"pick_settings"},
        "pick_settings": {"answer_kind", "rank_kinds"},
        "answer_kind": {"rank_kinds"},
        "finetune_seeds": {"rank_kinds"},
        "rank_kinds": {"judge_winner"},
        "judge_winner": set(),
    },
    "sentiment_override": {"override_gate": set()},
    "sentiment_rollback": {"rollback": {"renew_cards"}, "renew_cards": set()},
    "alerts_tend": {"tend_alerts": set()},
    "deploy_watch": {"announce_remaking": set(), "announce_change": set()},
    "costs_reap": {"settle_budget": {"reap_expired"}, "reap_expired": set()},
    "lake_retain": {"retain_lake": {"measure_stores"}, "expire_logs": {"measure_stores"}, "measure_stores": set()},
    "warehouse_load": {"prepare_warehouse": {"find_unloaded"}, "find_unloaded": {"load_day"}, "load_day": set()},
    "labels_check": {
        "take_features": {"try_functions", "find_label_errors"},
        "try_functions": set(),
        "find_label_errors": set(),
    },
    "captures_collect": {
        "collect_captures": {"expire_captures", "find_traffic"},
        "expire_captures": set(),
        "find_traffic": {"watch_traffic"},
        "watch_traffic": set(),
    },
    "product_watch": {
        "days_to_watch": {"watch_products"},
        "watch_products": {"announce_products"},
        "announce_products": set(),
    },
    "sentiment_score": {
        "days_to_score": {"cut_days", "score"},
        "cut_days": {"read_chunk", "score"},
        "read_chunk": {"score"},
        "score": set(),
    },
    "sentiment_monitor": {
        "days_to_monitor": {"monitor", "check_skew"},
        "check_skew": set(),
        "monitor": {"decide_retraining", "record_metrics"},
        "record_metrics": set(),
        "decide_retraining": {"announce_drift"},
        "announce_drift": set(),
    },
}
OUTLETS = {
    ("reviews_ingest", "publish_day"): CURATED,
    ("reviews_features", "announce_features"): FEATURES,
    ("sentiment_train", "register"): CANDIDATE,
    ("sentiment_release", "promote"): CHAMPION,
    ("sentiment_rollout", "promote_challenger"): CHAMPION,
    ("sentiment_rollback", "rollback"): CHAMPION,
    ("sentiment_score", "score"): SCORED,
    ("sentiment_monitor", "announce_drift"): DRIFT,
    ("product_watch", "announce_products"): PRODUCTS,
    ("deploy_watch", "announce_remaking"): REMAKING,
    ("deploy_watch", "announce_change"): CHANGED,
}


@pytest.mark.parametrize("dag_id", EDGES)
def test_tasks_and_edges(dags, dag_id):
    assert {task.task_id: task.downstream_task_ids for task in dags[dag_id].tasks} == EDGES[dag_id]


def test_features_are_built_before_they_are_announced(dags):
    dag = dags["reviews_features"]
    assert dag.get_task("build_features").upstream_task_ids == {"take_answers"}, "what people answered is in the snapshot"
    assert "announce_features" in dag.get_task("build_features").get_flat_relative_ids(upstream=False)
    assert [task.task_id for task in dag.leaves] == ["profile_reviews", "publish_features", "announce_features"]


def test_both_models_are_trained_side_by_side_and_meet_at_the_choice(dags):
    dag = dags["sentiment_train"]
    assert dag.task_ids == [
        "take_features", "begin_training", "train_baseline", "finetune", "export_served", "evaluate_baseline",
        "evaluate_transformer", "choose", "gate_model", "register", "analyse_errors",
    ]  # fmt: skip
    baseline, transformer = dag.get_task("evaluate_baseline"), dag.get_task("evaluate_transformer")
    assert baseline.upstream_task_ids == {"train_baseline", "begin_training"}
    assert transformer.upstream_task_ids == {"export_served", "begin_training"}
    assert dag.get_task("export_served").upstream_task_ids == {"finetune", "begin_training"}
    assert {"evaluate_baseline", "evaluate_transformer"} <= dag.get_task("choose").upstream_task_ids
    assert "gate_model" in dag.get_task("register").upstream_task_ids
    assert dag.get_task("analyse_errors").downstream_task_ids == set(), "the release never waits for the error analysis"


def test_a_param_of_the_training_says_what_is_configured(dags):
    configured, params = load_config().training, dags["sentiment_train"].params
    said = {name: params.get_param(name).description for name in ("epochs", "learning_rate", "seed")}
    assert said == {
        "epochs": f"Empty: as configured ({configured.transformer.epochs}).",
        "learning_rate": f"Empty: as configured ({configured.transformer.learning_rate}).",
        "seed": f"Empty: as configured ({configured.seed}).",
    }


def test_nothing_is_promoted_past_the_approval(dags):
    release = dags["sentiment_release"]
    start, promote = release.get_task("start_rollout"), release.get_task("promote")
    assert "approve" in start.upstream_task_ids
    assert "start_rollout" in promote.upstream_task_ids
    assert start.trigger_rule == promote.trigger_rule == "all_success"


def test_a_rollout_is_looked_at_every_five_minutes_and_one_look_at_a_time(dags):
    dag = dags["sentiment_rollout"]
    assert dag.timetable == CronTriggerTimetable("*/5 * * * *", timezone="UTC")
    assert (dag.max_active_runs, dag.catchup) == (1, False)


def test_a_deploy_is_looked_for_every_three_minutes_so_that_a_training_starts_within_five(dags):
    assert dags["deploy_watch"].timetable == CronTriggerTimetable("*/3 * * * *", timezone="UTC")
    begin = dags["sentiment_train"].get_task("begin_training")
    assert CHANGED in begin.inlets, "or a change that Airflow forgot while another training ran would not be named"


def test_each_asset_comes_from_where_it_is_said_to(dags):
    found = {(dag.dag_id, task.task_id): task.outlets for dag in dags.values() for task in dag.tasks if task.outlets}
    assert found == {place: [asset] for place, asset in OUTLETS.items()}


@pytest.mark.parametrize(
    ("dag_id", "asset"),
    [("sentiment_score", CURATED), ("sentiment_monitor", SCORED), ("sentiment_release", CANDIDATE)],
)
def test_an_asset_starts_the_next_dag(dags, dag_id, asset):
    assert dags[dag_id].timetable.asset_condition == asset


def test_a_snapshot_is_made_of_a_new_day_and_on_a_deploy_that_makes_it_otherwise(dags):
    assert dags["reviews_features"].timetable.asset_condition == (CURATED | REMAKING)


def test_training_starts_on_features_on_drift_on_a_deploy_and_every_night(dags):
    timetable = dags["sentiment_train"].timetable
    assert isinstance(timetable, AssetOrTimeSchedule)
    assert timetable.asset_condition == (FEATURES | DRIFT | CHANGED)
    assert timetable.timetable == CronTriggerTimetable("0 2 * * *", timezone="UTC")


def test_products_are_watched_on_scored_days_and_every_morning(dags):
    timetable = dags["product_watch"].timetable
    assert isinstance(timetable, AssetOrTimeSchedule)
    assert timetable.asset_condition == SCORED
    assert timetable.timetable == CronTriggerTimetable("0 5 * * *", timezone="UTC")


def test_ingest_runs_every_night_for_the_day_before(dags):
    timetable = dags["reviews_ingest"].timetable
    assert timetable == CronTriggerTimetable("0 1 * * *", timezone="UTC", interval=timedelta(days=1))
    assert timetable.run_immediately is False


def test_a_late_day_is_let_in_by_a_persons_param_and_by_nothing_else(dags):
    ingest = dags["reviews_ingest"]
    asked = ingest.params.get_param("accept_late")
    assert (asked.value, asked.schema["type"]) == (False, "boolean")
    assert asked.schema["title"]
    assert asked.description
    assert repr(ingest.get_task("validate").op_kwargs["accept_late"]) == "FromRun(params.accept_late)"


def test_only_ingest_runs_more_than_one_at_a_time(dags):
    assert {name: dag.max_active_runs for name, dag in dags.items() if dag.max_active_runs != 1} == {"reviews_ingest": 4}


def test_the_delivery_is_waited_for_without_a_worker(dags):
    sensor = dags["reviews_ingest"].get_task("wait_for_delivery")
    assert sensor.deferrable
    assert sensor.timeout == 12 * 3600


def test_labels_are_checked_every_monday(dags):
    assert dags["labels_check"].timetable == CronTriggerTimetable("0 5 * * 1", timezone="UTC")


def test_captures_are_collected_every_hour_and_expire_though_none_is_new(dags):
    collect = dags["captures_collect"]
    assert collect.timetable == CronTriggerTimetable("10 * * * *", timezone="UTC")
    assert collect.get_task("expire_captures").trigger_rule == "none_failed"


def test_what_is_superseded_is_looked_for_every_week_and_goes_only_by_a_persons_param(dags):
    dag = dags["lake_retain"]
    assert dag.timetable == CronTriggerTimetable("0 4 * * 0", timezone="UTC")
    asked = dag.params.get_param("apply")
    assert (asked.value, asked.schema["type"]) == (False, "boolean")
    retain = dag.get_task("retain_lake")
    assert {name: repr(value) for name, value in retain.op_kwargs.items()} == {
        "apply": "FromRun(params.apply)",
        "by": "FromRun(by_whom)",
    }
    assert dag.get_task("measure_stores").trigger_rule == "all_done", "sizes are told whatever went"


def test_what_is_expired_on_aws_is_looked_for_every_day_and_goes_only_by_a_persons_param(dags):
    dag = dags["costs_reap"]
    assert dag.timetable == CronTriggerTimetable("0 6 * * *", timezone="UTC")
    asked = dag.params.get_param("apply")
    assert (asked.value, asked.schema["type"]) == (False, "boolean")
    reap = dag.get_task("reap_expired")
    assert repr(reap.op_kwargs["apply"]) == "FromRun(params.apply)"
    assert reap.trigger_rule == "all_done", "what cannot be settled keeps nothing alive"


def test_a_leaderboard_starts_by_hand_outlives_lost_tasks_and_leaves_the_loop_its_slots(dags):
    dag = dags["sentiment_leaderboard"]
    assert isinstance(dag.timetable, NullTimetable)
    for name in ("pick_settings", "rank_kinds"):
        assert dag.get_task(name).trigger_rule == TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
    for name in ("try_settings", "answer_kind"):
        assert dag.get_task(name).max_active_tis_per_dagrun == load_config().leaderboard.num_at_once < 4


def test_without_a_warehouse_nothing_starts_its_dag(dags):
    assert load_config().warehouse is None
    assert isinstance(dags["warehouse_load"].timetable, NullTimetable)


def test_with_a_warehouse_days_and_every_morning_start_its_dag(monkeypatch):
    config = load_config().model_copy(update={"warehouse": WarehouseConfig.model_construct()})
    monkeypatch.setattr("reviewloop.config.load_config", lambda: config)
    bag = DagBag(ROOT / "dags" / "warehouse_load.py")
    timetable = bag.dags["warehouse_load"].timetable
    assert isinstance(timetable, AssetOrTimeSchedule)
    assert timetable.asset_condition == (CURATED | SCORED)
    assert timetable.timetable == CronTriggerTimetable("0 7 * * *", timezone="UTC")
