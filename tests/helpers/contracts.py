"""The contract of the shipped dataset, the same with other age bands, and what a delivery may cost."""

from reviewloop.config import Contract, load_config
from reviewloop.contracts import load_contract

CONTRACT = load_contract("womens_clothing")
DTYPES = CONTRACT.dtypes()
LIMITS = load_config("test").dataset.limits


def with_ages(*edges: int) -> Contract:
    """The contract whose facet ``age_band`` has these lower edges."""
    columns = [one.model_copy(update={"bands": edges}) if one.field == "age" else one for one in CONTRACT.columns]
    return CONTRACT.model_copy(update={"columns": tuple(columns)})
