"""What programs and people write into a cell whose value is missing."""

from typing import Final

MISSING_WORDS: Final = (
    "nan", "NaT", "None", "<NA>", "NA", "N/A", "n.a.",  # pandas, Python, R; "-nan" and "nan" of C
    "-nan", "1.#QNAN", "-1.#IND", "#NA", "#N/A", "#NULL!", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NUM!",  # spreadsheets
    "null", "(null)", "[null]", "<null>", r"\N", "nil", "undefined",  # databases and their tools, Ruby, JavaScript
    "-", "--", "---", "\u2013", "\u2014",  # people: hyphens, an en dash, an em dash
)  # fmt: skip
"""The words of a field that names none of its own. Each is compared with a whole cell, whatever its case.

A review that says no more than ``None``, ``n/a`` or ``-`` is thus missing, though somebody may have typed it: it tells nothing of
the product, and one that a program wrote looks the same. So is such a title, which is as good as none. Words that can be a whole
answer are left out: ``No``, ``nothing``, ``missing`` (a button is), ``unknown``, ``?``.
"""
