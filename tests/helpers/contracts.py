"""The contract of the shipped dataset, and the same with other age bands."""

from reviewloop.config import Contract
from reviewloop.contracts import load_contract

CONTRACT = load_contract("womens_clothing")
DTYPES = CONTRACT.dtypes()


def with_ages(*edges: int) -> Contract:
    """The contract whose facet ``age_band`` has these lower edges."""
    columns = [one.model_copy(update={"bands": edges}) if one.field == "age" else one for one in CONTRACT.columns]
    return CONTRACT.model_copy(update={"columns": tuple(columns)})
