"""Whether training rows are made from templates: see ``core.dataset.inoculation``."""

from pydantic import Field

from reviewloop.config.sections import Section, Share


class InoculationConfig(Section):
    """How many rows are made. The templates are a file an owner extends: ``include/config/inoculation/<dataset>.yaml``."""

    share: float = Field(gt=0, le=0.2)
    """Rows that are made, as a share of the training rows; more than a fifth would be a data set of our own."""
    endings: Share
    """Of them, those that are a training review with an ending; the others are whole reviews."""
    seed: int
