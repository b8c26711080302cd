"""**A table for files that nobody described.**

Reads the files under a prefix (Parquet, CSV, TSV, JSON Lines, gzip of the text ones), infers columns and partitions, keeps them
in the Glue catalog, and has Athena count the table's rows.

- **Starts**: by hand.
- **Params**: `prefix`, where the files lie; `table`, what the table is to be called; `engine`, which crawler: `reviewloop` (ours,
  anywhere) or `glue` (AWS's own, on AWS, with the role in `REVIEWLOOP_GLUE_ROLE`).
- **Idempotent**: yes. A second crawl brings columns and partitions up to date; a table that no crawl made is left alone.
- **Resume**: clear the failed task. Its error names the files that do not go together.
- **Leaves behind**: the table; ask it with `python -m reviewloop query`.
"""

from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from airflow.sdk import Param, dag, task

from reviewloop.adapters.catalog.athena import output_uri
from reviewloop.settings import settings
from reviewloop.steps.lake.crawl import crawl
from reviewloop_airflow.crawls import choose_engine, count_statement, crawler_config
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.wiring import FromRun, step

PREFIX, TABLE, ENGINE = "{{ params.prefix }}", "{{ params.table }}", "{{ params.engine }}"


@dag(
    **DAG_DEFAULTS,
    schedule=None,
    doc_md=__doc__,
    tags=["data"],
    params={
        "prefix": Param(type="string", pattern="^s3://.+", title="Prefix", description="Where the files lie, s3://bucket/folder."),
        "table": Param(type="string", pattern="^[a-z_][a-z0-9_]*$", title="Table", description="What the table is called."),
        "engine": Param("reviewloop", enum=["reviewloop", "glue"], type="string", title="Crawler", description="Ours or AWS's."),
    },
)
def lake_crawl() -> None:
    """Crawl with one engine or the other, then count."""
    chosen = task.branch(doc_md=choose_engine.__doc__)(choose_engine)(engine=ENGINE, prefix=PREFIX, table=TABLE)
    ours = step(crawl)(prefix_uri=PREFIX, table=TABLE)
    glue_crawler = GlueCrawlerOperator(
        task_id="glue_crawler", config=crawler_config(), deferrable=True, aws_conn_id=None, doc_md="AWS's own crawler."
    )
    count_rows = AthenaOperator(
        task_id="count_rows",
        query=FromRun(count_statement),
        database=settings().database,
        workgroup=settings().workgroup,
        output_location=output_uri(),
        deferrable=True,
        sleep_time=2,
        aws_conn_id=None,
        trigger_rule="none_failed_min_one_success",
        doc_md="Athena counts the rows of the table: what was registered can be read.",
    )
    chosen >> [ours, glue_crawler] >> count_rows


lake_crawl()
