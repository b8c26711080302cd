"""The page a person reads: how the job ended, what was seen, and every curve; whole and safe whatever the files hold."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.helpers.training_records import START, finding, job, watched

from reviewloop.pages.links import Links
from reviewloop.pages.training.history import SeedHistory, Training
from reviewloop.pages.training.page import training_page

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
FIGURES = dict.fromkeys(
    ("loss", "metrics", "learning_rate", "classes", "layers", "gradient_norm", "throughput", "phases", "step_seconds", "ranks",
     "cpu", "gpu", "memory", "disk"), SVG,
)  # fmt: skip
RESULT = {"steps": 300, "best_epoch": 2, "validation_macro_f1": 0.7042}
SEEN = {"not_finite": 30, "overfit": 3}
NASTY = "<script>alert(1)</script>"
LINKS = Links(2, job="ab" * 32, mlflow="https://mlflow.example/#/runs/1", dag_run="")


def page(result: dict[str, Any] | None = RESULT, failure: dict[str, Any] | None = None, **about: Any) -> str:
    figures = about.pop("figures", FIGURES)
    runs = about.pop("runs", None) or [SeedHistory(seed=7, observations=SEEN, **watched(num_steps=300))]
    links = about.pop("links", LINKS)
    return training_page(Training(about.pop("job", job()), result, failure, runs, **about), figures, {}, links)


def test_the_settings_say_which_weights_it_began_from() -> None:
    digest, pin = "d" * 64, "revision:" + "e" * 40
    shown = text(page({**RESULT, "base_model_digest": digest}, job=job(base_model_pin=pin)))
    assert f"base_model_digest {digest}" in shown
    assert f"base_model_pin {pin}" in shown


def first_screen(html: str) -> str:
    return html[: html.index("<section")]


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


class Balance(HTMLParser):
    """Remembers every opening tag that no closing tag has met."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_first_screen_tells_what_ran_how_it_ended_and_that_nothing_fired() -> None:
    shown = text(first_screen(page(num_rows=12_679)))
    for told in (
        "Fine-tune of models/all-MiniLM-L6-v2",
        "Succeeded the weights of epoch 2 are kept. Of 2 rules that looked, none fired.",
        "0.7042 macro-F1 on the validation part",
        "2 of 3 the best epoch",
        "12,679 training rows",
        "300 optimiser steps",
        "2 cores in the machine",
        "Nothing: 2 rules looked at this training",
        "From 2026-01-01 00:00:00 to",
    ):
        assert told in shown


def test_what_stopped_the_training_stands_on_the_first_screen() -> None:
    fired = finding("not_finite", "stop", 60, 90, "the loss is not a number", "lower the learning rate")
    shown = text(
        first_screen(
            page({**RESULT, "stopped_by": "not_finite"}, runs=[SeedHistory(seed=7, findings=[fired], **watched(num_steps=60))])
        )
    )
    assert "Stopped by a rule “Not finite”" in shown
    assert "Do: lower the learning rate" in shown


def test_a_failed_job_tells_its_error_before_anything_else() -> None:
    html = page(None, {"error": "OutOfMemoryError: no memory", "trace": "Traceback: line 12"}, log_tail="last words")
    shown = text(first_screen(html))
    assert shown.index("Failed") < shown.index("OutOfMemoryError: no memory") < shown.index("Traceback: line 12")
    assert shown.index("last words") < shown.index("What the watch saw")
    assert "Succeeded" not in shown


def test_a_job_without_result_or_failure_is_called_unfinished() -> None:
    shown = text(first_screen(page(None, log_tail="step 120/590")))
    assert "Not finished there is no result" in shown
    assert "step 120/590" in shown


def test_an_early_stop_is_a_success_and_no_rules_doing() -> None:
    shown = text(first_screen(page({**RESULT, "stopped_by": "early_stopping"})))
    assert "Succeeded the weights of epoch 2 are kept, stopped early because no epoch was better any more" in shown
    assert "Stopped by a rule" not in shown


def test_seeds_are_told_with_mean_and_spread_and_which_one_is_kept() -> None:
    runs = [SeedHistory(seed=seed, **watched(seed, num_steps=60)) for seed in (7, 8, 9)]
    seeds = [
        {"seed": 7, "validation_macro_f1": 0.69},
        {"seed": 8, "validation_macro_f1": 0.71},
        {"seed": 9, "validation_macro_f1": 0.7},
    ]
    seeds[1] |= {"best_epoch": 2, "stopped_by": "not_finite"}
    shown = text(page({**RESULT, "seeds": seeds}, runs=runs))
    assert "over 3 seeds: 0.7000 ± 0.0100" in shown
    assert "8 kept 0.7100 2 stopped by “Not finite”" in shown
    assert "The curves are of seed 8" in shown


def test_a_restart_is_told() -> None:
    shown = text(page(runs=[SeedHistory(seed=7, **watched(num_steps=300, killed_at=150))]))
    assert re.search(r"no reading for 4\d s, \d+ s after the start and after step 150", shown)
    assert "no reading for" not in text(page())


def test_where_a_steps_time_goes_adds_up() -> None:
    html = page()
    rows = re.findall(r'<td>(?:<b>)?(\w+)(?:</b>)?</td><td class="n">(?:<b>)?([\d.]+)%', html)
    shares = {name: float(share) for name, share in rows}
    assert list(shares) == ["data", "forward", "backward", "optimiser", "other", "step"]
    assert sum(list(shares.values())[:-1]) == pytest.approx(100, abs=0.3)
    assert shares["backward"] == pytest.approx(55, abs=3)


def test_every_entry_of_the_contents_leads_to_a_section_and_every_figure_has_words_for_it() -> None:
    html = page()
    assert set(re.findall(r'href="#([a-z]+)"', html)) == set(re.findall(r'id="([a-z]+)"', html))
    alts = re.findall(r'<img alt="([^"]*)"', html)
    assert len(alts) == len(FIGURES)
    assert all(len(alt) > 20 for alt in alts)


def test_a_folder_without_any_record_says_so_in_every_section() -> None:
    shown = text(page(None, runs=[SeedHistory(seed=7)], figures={}))
    for told in (
        "no rule could look",
        "No step was recorded",
        "No layer was captured",
        "No step was captured",
        "The machine was not read",
    ):
        assert told in shown
    assert "learning_rate 0.0001 " in shown


def test_null_losses_and_empty_records_break_nothing() -> None:
    bare = SeedHistory(seed=7, steps=[{"step": 10, "time": START}], tensors=[{"step": 10, "time": START}], system=[{"time": START}],
               epochs=[{"epoch": 1, "step": 10, "time": START}])  # fmt: skip
    for runs in ([bare], [SeedHistory(seed=7, **watched(num_steps=300, not_finite_from=100))]):
        shown = text(page(None, runs=runs))
        assert "nan" not in shown.lower().replace("finance", "")
        assert "None" not in shown


def test_the_page_is_whole_and_shows_what_strangers_wrote_as_text() -> None:
    fired = finding(NASTY, NASTY, 10, 20, NASTY, NASTY)
    nasty = job(base_model=NASTY, labels=[NASTY], extra=NASTY)
    run = SeedHistory(seed=7, findings=[fired], tensors=[{"step": 1, "layers": {NASTY: {"gradient_norm": 1.0}}}], num_unreadable=3)
    html = page(None, {"error": NASTY, "trace": NASTY}, job=nasty, runs=[run], log_tail=NASTY)
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "3 lines of the watch" in html
    assert not re.search(r'src=(?!"data:image/svg)|url\(|@import', html)
    assert set(re.findall(r'href="([^#"][^"]*)"', html)) == {link.href for link in LINKS}


def test_the_verdict_is_what_the_rules_say_of_a_job_that_has_a_model() -> None:
    def told(action: str, result: dict[str, Any] = RESULT) -> str:
        fired = finding("overfit", action, 40, 60, "rose", "stop")
        html = page(result, runs=[SeedHistory(seed=7, findings=[fired], observations=SEEN, **watched(num_steps=60))])
        return html[: html.index("<style>")]

    assert '<meta name="verdict" content="warn: Succeeded with warnings">' in told("warn")
    assert "Rules that fired: Overfit (warning)." in told("warn")
    assert '<meta name="verdict" content="pass: Succeeded">' in told("note")
    assert "Rules that fired: Overfit (note)." in told("note")
    stopped = told("stop", {**RESULT, "stopped_by": "overfit"})
    assert '<meta name="verdict" content="fail: Stopped by a rule">' in stopped
    assert "Rules that fired: Overfit (stopped the training)." in stopped


def test_a_success_that_no_rule_looked_at_is_neither_good_nor_bad() -> None:
    html = page(runs=[SeedHistory(seed=7, **watched(num_steps=60))])
    assert '<meta name="verdict" content="none: Succeeded">' in html
    assert "No rule could look at it." in html


def test_a_figure_that_cannot_be_drawn_is_told_in_its_place_and_the_rest_is_there() -> None:
    html = page(figures={**FIGURES, "loss": ValueError("no <room> for it")})
    shown = text(html)
    assert "Figure loss: this part could not be shown ValueError: no &lt;room&gt; for it" in shown
    assert html.count("<img ") == len(FIGURES) - 1
    assert "Training loss Validation loss" in shown


def test_records_that_no_section_can_read_leave_the_page_with_its_verdict() -> None:
    tensors = [{"step": 1, "time": START, "layers": {"head": 3}, "activations": 5}]
    shown = text(page(runs=[SeedHistory(seed=7, observations=SEEN, tensors=tensors)], figures={}))
    assert "Gradients: this part could not be shown" in shown
    assert "Succeeded the weights of epoch 2 are kept" in shown
    assert "learning_rate 0.0001 " in shown


def test_the_header_leads_to_the_job_and_its_run_and_a_copy_elsewhere_leads_nowhere() -> None:
    html = page()
    assert f'<a href="../../../../?job={"ab" * 8}">All of this job</a>' in html
    assert '<a href="https://mlflow.example/#/runs/1" target="_blank" rel="noopener">MLflow run</a>' in html
    assert "All reports" not in page(links=None)


def test_rules_that_cannot_be_read_leave_the_page_without_a_verdict() -> None:
    html = page(job=job(watch={"rules": {"overfit": 3}}))
    assert '<meta name="verdict" content="warn: not judged">' in html
    assert "Rules: this part could not be shown" in html
    assert "macro-F1 on the validation part" in html
