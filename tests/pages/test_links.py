"""The header's links: relative to where the plugin serves the page, and only what is known."""

from urllib.parse import urljoin

from reviewloop.pages.links import Links, made_by, pages_of, path_below_reports, siblings

SERVED = "http://host/prefix/reviewloop/pages/reports/quality/2026-01-02/ab/index.html"


def hrefs(links: Links) -> dict[str, str]:
    return {one.text: urljoin(SERVED, one.href) for one in links}


def test_each_link_leads_to_where_the_web_server_has_it() -> None:
    with made_by("reviews_ingest", "manual__2026-01-02T00:00:00+00:00"):
        links = Links(
            3, day="2026-01-02", job="ab" * 32, siblings={"Bias": "bias/2026-01-02/ab/index.html"}, mlflow="http://m/#/runs/1"
        )
    assert hrefs(links) == {
        "The loop": "http://host/prefix/reviewloop/",
        "All reports": "http://host/prefix/reviewloop/reports",
        "All of this day": "http://host/prefix/reviewloop/?day=2026-01-02",
        "All of this job": f"http://host/prefix/reviewloop/?job={'ab' * 8}",
        "Bias": "http://host/prefix/reviewloop/pages/reports/bias/2026-01-02/ab/index.html",
        "DAG run": "http://host/prefix/dags/reviews_ingest/runs/manual__2026-01-02T00%3A00%3A00%2B00%3A00",
        "MLflow run": "http://m/#/runs/1",
    }
    assert [one.text for one in links if one.away] == ["DAG run", "MLflow run"]
    assert links.about == f"2026-01-02 · job {'ab' * 8}"


def test_what_is_not_known_is_not_linked() -> None:
    assert list(hrefs(Links(3))) == ["The loop", "All reports"]
    assert Links(3).about == ""


def test_a_page_made_after_a_run_does_not_link_it() -> None:
    with made_by("dag", "run"):
        pass
    assert Links(3).dag_run == ""


def test_only_what_lies_under_reports_has_a_path_there() -> None:
    assert path_below_reports("s3://lake/reports/bias/a/index.html") == "bias/a/index.html"
    assert path_below_reports("s3://lake/evaluations/x.html") == ""


def test_the_pages_of_a_model_are_siblings_by_their_names_in_words() -> None:
    report = {"kind": "x", "training_page_uri": "", "bias_after_page_uri": "s3://lake/reports/bias_after/a/index.html"}
    report |= {"soup_of_words_page_uri": "s3://lake/reports/soup/a.html", "copy_page_uri": "s3://lake/evaluations/a.html"}
    found = {"Bias after training": "bias_after/a/index.html", "Soup of words": "soup/a.html"}
    assert siblings(pages_of(report)) == found
