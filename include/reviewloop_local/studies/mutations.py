"""Named corruptions of a clean day, each with the expectation that must catch it: what the quality gate is measured on.

``python -m reviewloop_local.studies.quality_study`` shows them at work.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import pandas as pd

from reviewloop_local.studies import foreign_files
from reviewloop_local.studies.corruptions import (
    Batch,
    Change,
    Table,
    accepted,
    as_numbers,
    as_windows_1252,
    copy,
    each,
    in_base64,
    in_german,
    keep,
    lake,
    mashed,
    put,
    repeat,
    retype,
    shift,
    swap,
    whole,
    with_losses,
)


class OfDelivery(NamedTuple):
    """A corruption of the producer's table, before it is parsed; its columns go by our names here."""

    name: str
    what: str
    caught_by: str
    """The ``note`` of the expectation that must fail; others may fail too."""
    change: Table


class OfFile(NamedTuple):
    """A day in a form that no reader should guess at: how its rows become a file."""

    name: str
    what: str
    caught_by: str
    file: str
    write: Callable[[pd.DataFrame], bytes]


class OfBatch(NamedTuple):
    """A corruption behind the parser, a fault of our own, or of the lake's facts about the delivery."""

    name: str
    what: str
    caught_by: str
    change: Change[Batch]


ID, AGE, TITLE, TEXT, RATING = "review_id", "age", "title", "text", "rating"
RECOMMENDED, FEEDBACK, PRODUCT = "recommended", "positive_feedback", "product_id"
DIVISION, DEPARTMENT, CLASS = "division", "department", "class_name"
CAMPAIGN: Final = "I love this dress so much and it fits me very well!"
MARKUP: Final = '<div class="r-7"/><br/><p id="0"/>' * 3
MISSING: Final = ("nan", "None", "NULL", r"\N", "<NA>", "n/a", "-")
UNSEEN: Final = ("\u200b", "\u3164", "\u2800", "\u00ad\u2060")

# fmt: off
OF_DELIVERY: Final = (
    OfDelivery("titles_lost", "the titles are empty", "title present", put(TITLE, None)),
    OfDelivery("departments_lost", "a tenth has no department", "department present", put(DEPARTMENT, None, one_in=10)),
    OfDelivery("divisions_lost", "a tenth has no division", "division present", put(DIVISION, None, one_in=10)),
    OfDelivery("classes_lost", "a tenth has no class", "class_name present", put(CLASS, None, one_in=10)),
    OfDelivery("texts_lost", "a third has no text", "rows out of quarantine", put(TEXT, None, one_in=3)),
    OfDelivery("texts_said_missing", "a third says nan, NULL, -", "rows out of quarantine", put(TEXT, *MISSING, one_in=3)),
    OfDelivery("ages_said_missing", "a third says nan, NULL, -", "rows out of quarantine", put(AGE, *MISSING, one_in=3)),
    OfDelivery("titles_said_missing", "nan, NULL, -", "title present", put(TITLE, *MISSING)),
    OfDelivery("departments_said_missing", "a tenth is missing", "department present", put(DEPARTMENT, *MISSING, one_in=10)),
    OfDelivery("texts_that_show_nothing", "a third cannot be seen", "rows out of quarantine", put(TEXT, *UNSEEN, one_in=3)),
    OfDelivery("ages_as_birth_years", "1983 for 43", "rows out of quarantine", each(AGE, lambda age: 2026 - age)),
    OfDelivery("ages_in_months", "516 for 43", "rows out of quarantine", each(AGE, lambda age: 12 * age)),
    OfDelivery("ages_unknown", "every third age is the code -1", "rows out of quarantine", put(AGE, -1, one_in=3)),
    OfDelivery("ratings_out_of_ten", "a scale to 10", "rows out of quarantine", each(RATING, lambda stars: 2 * stars)),
    OfDelivery("ratings_from_zero", "a scale from -4 to 0", "rows out of quarantine", each(RATING, lambda stars: stars - 5)),
    OfDelivery("ratings_in_words", "five for 5", "contract", put(RATING, "five", "four", "one")),
    OfDelivery("ratings_averaged", "half stars", "contract", each(RATING, lambda stars: stars - 0.5)),
    OfDelivery("feedback_in_words", "'1 person'", "rows out of quarantine", put(FEEDBACK, "1 person", one_in=3)),
    OfDelivery("ids_reused", "the numbers start anew at 100", "rows out of quarantine", put(ID, *range(100))),
    OfDelivery("ratings_upside_down", "1 is best", "share of positive reviews", each(RATING, lambda stars: 6 - stars)),
    OfDelivery("ratings_by_default", "every rating is 3", "share of positive reviews", put(RATING, 3)),
    OfDelivery("ratings_one_lower", "from 0", "usual share of positive reviews", each(RATING, lambda stars: max(stars - 1, 1))),
    OfDelivery("ratings_at_random", "dealt out in turn", "share of positive reviews", put(RATING, 1, 2, 3, 4, 5)),
    OfDelivery("complaints_doubled", "a fifth more has 2 stars", "usual share of negative reviews", put(RATING, 2, one_in=5)),
    OfDelivery("neutrals_doubled", "a quarter more has 3 stars", "usual share of neutral reviews", put(RATING, 3, one_in=4)),
    OfDelivery("complaints_removed", "no rating under 3", "share of negative reviews", keep(RATING, lambda stars: stars > 2)),
    OfDelivery("ratings_inflated", "two stars more", "share of negative reviews", each(RATING, lambda stars: min(stars + 2, 5))),
    OfDelivery("neutrals_removed", "no rating of 3", "share of neutral reviews", keep(RATING, lambda stars: stars != 3)),
    OfDelivery("recommended_inverted", "1 means no", "recommended agrees with rating", each(RECOMMENDED, lambda told: 1 - told)),
    OfDelivery("recommended_lost", "every one is 0", "recommended agrees with rating", put(RECOMMENDED, 0)),
    OfDelivery("recommended_shifted", "one row off", "recommended agrees with rating", shift(RECOMMENDED)),
    OfDelivery("recommended_by_default", "every one is 1", "commonest recommended", put(RECOMMENDED, 1)),
    OfDelivery("recommended_in_stars", "holds the rating", "rows out of quarantine", copy(RATING, RECOMMENDED)),
    OfDelivery("feedback_negative", "counts below zero", "rows out of quarantine", put(FEEDBACK, -3, one_in=5)),
    OfDelivery("feedback_overflow", "the counter ran over", "positive_feedback", put(FEEDBACK, 2**32 - 1, one_in=50)),
    OfDelivery("feedback_stuck", "every count is 0", "commonest positive_feedback", put(FEEDBACK, 0)),
    OfDelivery("ages_by_default", "everybody is 35", "commonest age", put(AGE, 35)),
    OfDelivery("one_product", "reviews of one product", "commonest product_id", put(PRODUCT, 1078)),
    OfDelivery("one_division", "one division only", "commonest division", put(DIVISION, "General")),
    OfDelivery("one_title", "every second title is the same", "commonest title", put(TITLE, "Great!", one_in=2)),
    OfDelivery("departments_as_codes", "D01 for Tops", "known department", put(DEPARTMENT, "D01", "D02", "D03")),
    OfDelivery("departments_in_capitals", "TOPS for Tops", "known department", each(DEPARTMENT, str.upper)),
    OfDelivery("departments_of_shoes", "a tenth is of a new one", "known department", put(DEPARTMENT, "Shoes", one_in=10)),
    OfDelivery("divisions_padded", "a blank after each name", "known division", each(DIVISION, lambda name: f"{name} ")),
    OfDelivery("classes_as_divisions", "two columns swapped", "known class_name", swap(CLASS, DIVISION)),
    OfDelivery("texts_cut_short", "cut after 12 characters", "length of text", each(TEXT, lambda text: text[:12])),
    OfDelivery("texts_as_titles", "two columns swapped", "length of text", swap(TEXT, TITLE)),
    OfDelivery("texts_glued", "a tenth holds fifty texts", "length of text", each(TEXT, lambda text: f"{text} " * 50, one_in=10)),
    OfDelivery("texts_of_a_campaign", "a sixth says the same", "repeated texts", put(TEXT, CAMPAIGN, one_in=6)),
    OfDelivery("rows_repeated", "a tenth again, renumbered", "repeated texts", repeat(ID, one_in=10)),
    OfDelivery("texts_of_a_held_key", "aaaaaaaaaa", "text readable", each(TEXT, lambda text: "a" * len(text), one_in=10)),
    OfDelivery("texts_in_base64", "a tenth is encoded", "text readable", each(TEXT, in_base64, one_in=10)),
    OfDelivery("texts_decoded_wrongly", "UTF-8 read as Windows-1252", "text readable", each(TEXT, as_windows_1252, one_in=10)),
    OfDelivery("texts_with_losses", "bytes that had no character", "text readable", each(TEXT, with_losses, one_in=10)),
    OfDelivery("texts_as_numbers", "a tenth is code points", "text readable", each(TEXT, as_numbers, one_in=10)),
    OfDelivery("texts_of_question_marks", "no letter left", "text readable", each(TEXT, lambda text: "? " * len(text), one_in=10)),
    OfDelivery("texts_of_markup", "a tenth is tags", "text readable", put(TEXT, MARKUP, one_in=10)),
    OfDelivery("texts_mashed", "a tenth is keyboard mash", "text readable", each(TEXT, mashed, one_in=10)),
    OfDelivery("texts_in_german", "a tenth in another language", "text readable", each(TEXT, in_german, one_in=10)),
    OfDelivery("half_lost", "every second row is gone", "rows against the last days", whole(lambda rows: rows.iloc[::2])),
    OfDelivery("delivered_twice", "every row again, renumbered", "rows against the last days", repeat(ID, one_in=1)),
    OfDelivery("nearly_all_lost", "forty rows are left", "number of landed rows", whole(lambda rows: rows.iloc[:40])),
)

OF_FILE: Final = (
    OfFile("quotes_not_doubled", "a quote ends its cell early", "contract", "day.csv", foreign_files.undoubled),
    OfFile("quotes_either_way", "around a cell, or letters?", "contract", "day.tsv", foreign_files.either_way),
    OfFile("csv_cut_off", "its last row is not whole", "contract", "day.csv", foreign_files.cut_off),
    OfFile("json_array", "all rows in one array", "contract", "day.jsonl", foreign_files.json_array),
    OfFile("json_indented", "an object over many lines", "contract", "day.jsonl", foreign_files.json_indented),
    OfFile("json_by_column", "one object of columns", "contract", "day.jsonl", foreign_files.json_by_column),
    OfFile("python_dicts", "str where JSON is due", "contract", "day.jsonl", foreign_files.python_dicts),
    OfFile("ids_as_floats", "rounded beyond 2**53", "contract", "day.parquet", foreign_files.float_ids),
)

OF_BATCH: Final = (
    OfBatch("column_dropped", "the title is lost", "columns", accepted(whole(lambda rows: rows.drop(columns="title")))),
    OfBatch("column_added", "e-mail addresses", "columns", accepted(whole(lambda rows: rows.assign(email="a@b.example")))),
    OfBatch("id_doubled", "a row is there twice", "review_id unique", accepted(whole(lambda rows: pd.concat([rows, rows[:1]])))),
    OfBatch("ratings_as_text", "'5' for 5", "type of rating", accepted(retype(RATING, str))),
    OfBatch("ages_as_floats", "43.0 for 43", "type of age", accepted(retype(AGE, float))),
    OfBatch("text_missing", "a text is lost", "text present", accepted(put(TEXT, None, one_in=100))),
    OfBatch("text_empty", "a text is empty", "text not empty", accepted(put(TEXT, "", one_in=100))),
    OfBatch("age_of_400", "out of range", "age in years", accepted(each(AGE, lambda _: 400, one_in=100))),
    OfBatch("nothing_accepted", "no row is left", "number of accepted rows", accepted(whole(lambda rows: rows.iloc[:0]))),
    OfBatch("row_vanished", "a row is in neither part", "landed rows in neither part", accepted(whole(lambda rows: rows.iloc[1:]))),
    OfBatch("day_to_come", "it has not happened yet", "days ahead of its own landing", lake(landed_on="2026-03-01")),
    OfBatch("day_long_past", "new, but of weeks ago", "days behind the newest day", lake(newest_day="2026-04-20")),
)
# fmt: on
