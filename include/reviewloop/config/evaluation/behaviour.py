"""The behaviour tests of a model."""

from pydantic import Field, model_validator

from reviewloop.config.sections import Section


class BehaviourConfig(Section):
    """How the behaviour tests are run. The tests themselves are the files of ``include/config/behaviour/<suite>/``."""

    suite: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    seed: int
    num_reviews: int = Field(ge=1)
    """Sealed reviews that are changed for each capability and each flip test."""
    max_words: int = Field(ge=1)
    """Longer reviews are not changed: a model that cuts its texts might never see the change."""
    cases_per_template: int = Field(ge=1)
    """Fillings of each template of the minimum functionality tests."""
    min_rise: float = Field(gt=0, lt=1)
    """What ``must: rise`` asks of a probability."""
    tolerance: float = Field(gt=0, lt=1)
    """How far a probability may move the wrong way under ``must: not fall``."""
    min_cases: int = Field(ge=1)
    """A test with fewer changed reviews has no rate: not enough evidence, which fails its gate."""
    num_examples: int = Field(ge=1)
    """Failures of each test that the report shows, the worst first."""

    @model_validator(mode="after")
    def _reachable(self) -> "BehaviourConfig":
        if self.min_cases > self.num_reviews:
            raise ValueError(f"min_cases is {self.min_cases}, of {self.num_reviews} num_reviews: no test could ever be judged")
        return self
