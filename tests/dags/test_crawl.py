"""``lake_crawl``: both crawlers, and the count through the Amazon provider's own operator, on the real local AWS API."""

import os
import subprocess
import sys

import pytest
from airflow.sdk.exceptions import TaskDeferred

from reviewloop.adapters.catalog import athena, glue
from reviewloop.adapters.lake import s3
from reviewloop.errors import ConfigError, PermanentError
from reviewloop.settings import settings
from reviewloop.steps.lake.crawl import crawl
from reviewloop_airflow import crawls


def test_the_chosen_engine_is_a_task_and_the_count_waits_for_either(dags):
    dag = dags["lake_crawl"]
    assert dag.get_task("choose_engine").downstream_task_ids == {"crawl", "glue_crawler"}
    assert dag.get_task("count_rows").upstream_task_ids == {"crawl", "glue_crawler"}
    assert dag.get_task("count_rows").trigger_rule == "none_failed_min_one_success"
    assert crawls.choose_engine("reviewloop", "s3://b/x", "t") == "crawl"


def test_aws_own_crawler_needs_its_role_and_names_the_table_itself(monkeypatch):
    settings.cache_clear()
    with pytest.raises(ConfigError, match="REVIEWLOOP_GLUE_ROLE: empty; name the IAM role"):
        crawls.choose_engine("glue", "s3://b/my-files/", "my_files")
    monkeypatch.setenv("REVIEWLOOP_GLUE_ROLE", "crawler")
    settings.cache_clear()
    assert crawls.choose_engine("glue", "s3://b/my-files/", "my_files") == "glue_crawler"
    for engine in ("glue", "reviewloop"):
        with pytest.raises(PermanentError, match="holds the sealed test part"):
            crawls.choose_engine(engine, "s3://b/sealed/", "sealed")
    with pytest.raises(ConfigError, match="names the table after its folder: 'my_files', not 'other'"):
        crawls.choose_engine("glue", "s3://b/my-files", "other")
    settings.cache_clear()


@pytest.fixture
def crawled(lake):
    s3.write_bytes(s3.lake_uri("drop", "a.csv"), b"id,name\n1,x\n2,y\n")
    crawl(s3.lake_uri("drop"), "shops")
    return {"params": {"table": "shops", "prefix": s3.lake_uri("drop")}}


@pytest.mark.contract
def test_the_provider_runs_our_statement(dags, crawled, monkeypatch):
    operator = dags["lake_crawl"].get_task("count_rows").prepare_for_execution()
    monkeypatch.setattr("airflow.providers.amazon.aws.links.athena.AthenaQueryResultsLink.persist", lambda *_, **__: None)
    operator.query = operator.query.resolve(crawled)
    assert operator.query == 'SELECT COUNT(*) AS num_rows FROM "shops"'
    operator.database, operator.workgroup, operator.output_location = settings().database, settings().workgroup, athena.output_uri()
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute({})
    query_id = deferred.value.trigger.serialize()[1]["query_execution_id"]
    operator.deferrable, operator.sleep_time = False, 1
    assert operator.execute({}) != query_id
    assert operator.hook.check_query_status(operator.query_execution_id) == "SUCCEEDED"
    (row,) = operator.hook.get_query_results(operator.query_execution_id)["ResultSet"]["Rows"][1:]
    assert row["Data"][0]["VarCharValue"] == "2"


@pytest.mark.contract
def test_the_glue_crawler_is_made_brought_up_to_date_and_run(dags, lake):
    operator = dags["lake_crawl"].get_task("glue_crawler").prepare_for_execution()
    operator.deferrable, operator.poll_interval = False, 1
    for folder in ("drop", "other"):
        target = {"S3Targets": [{"Path": s3.lake_uri(folder)}]}
        operator.config = {"Name": f"reviewloop-{lake}", "Role": "crawler", "DatabaseName": settings().database, "Targets": target}
        assert operator.execute({}) == f"reviewloop-{lake}"
        made = glue.client().get_crawler(Name=f"reviewloop-{lake}")["Crawler"]
        assert made["State"] == "READY"
        assert made["Targets"]["S3Targets"][0]["Path"] == s3.lake_uri(folder)


RUN = """
import os, sys
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(os.path.join(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], "lake_crawl.py")).dags["lake_crawl"]
dag.get_task("glue_crawler").poll_interval = dag.get_task("count_rows").sleep_time = 1
for engine in ("reviewloop", "glue"):
    run = dag.test(run_conf={"prefix": sys.argv[1], "table": "shops", "engine": engine})
    print("STATES", engine, *sorted(f"{task.task_id}={task.state}" for task in run.get_task_instances()))
"""


@pytest.mark.contract
def test_a_run_with_either_engine_ends_with_the_count(lake, airflow_db):
    s3.write_bytes(s3.lake_uri("drop", "shops", "land=DE", "a.csv"), b"id,name\n1,x\n2,y\n")
    env = {**os.environ, "REVIEWLOOP_GLUE_ROLE": "crawler"}
    command = [sys.executable, "-c", RUN, s3.lake_uri("drop", "shops")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [line for line in done.stdout.splitlines() if line.startswith("STATES")] == [
        "STATES reviewloop choose_engine=success count_rows=success crawl=success glue_crawler=skipped",
        "STATES glue choose_engine=success count_rows=success crawl=skipped glue_crawler=success",
    ]
