"""What a model's card says that no program can find out."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from reviewloop.config.sections import Section
from reviewloop.config.training.encoders import encoder_of

Sentence = Annotated[str, Field(min_length=1)]
Sentences = Annotated[tuple[Sentence, ...], Field(min_length=1)]


class CardConfig(Section):
    """The owner's own words, a sentence each. What is left out is "unknown" on the card."""

    intended_use: Sentences
    not_for: Sentences
    limits: Sentences
    data: str = ""
    """What the data are, and where they come from."""
    data_licence: str = ""
    base_licences: Mapping[str, str] = {}
    """Of base models that ``encoders.yaml`` does not know: as ``training.transformer.model`` names one (of the hub without its
    revision) -> its licence (SPDX)."""
    marginal_risk: Sentences
    """What may go wrong because a model like this is open, beyond what anybody can do without it."""
    responsible_use: Sentences
    """What who uses it must do."""
    contact: str = ""
    """Who answers for it."""

    def base_licence(self, base_model: str) -> str:
        """Empty where nobody has said."""
        name = base_model.partition("@")[0]
        known = encoder_of(name)
        return self.base_licences.get(name) or (known and known.licence) or ""
