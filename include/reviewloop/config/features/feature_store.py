"""The feature registry: each feature a row, each group of them a table of the feature store."""

from typing import Final, Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section

NEED_NO_ABLATION: Final = ("model_text", "input_ids")
"""Title and text, as they are and as an encoder reads them: without them there is nothing to learn from."""
Key = Literal["review", "product_id"]
"""What a group's rows are of: a review, named ``<day>/<review_id>``, or a product, by its number."""
FeatureType = Literal["integer", "number", "string", "integers"]


class AblationConfig(Section):
    """What a feature adds to title and text: macro-F1 with it less macro-F1 without it, on the same rows, by cross-validation."""

    gain: float = Field(ge=-1, le=1)
    low: float = Field(ge=-1, le=1)
    """The lower end of the gain's 95 % interval."""
    command: str = Field(min_length=1)
    """That printed it."""


class FeatureConfig(Section):
    """One feature."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    owner: str = Field(min_length=1)
    """Who answers for it."""
    description: str = Field(min_length=1)
    type: FeatureType
    missing: Literal["none", "zero", "never"]
    """What a reader gets where the store has no value: nothing, 0, or an error, because a row without it is broken."""
    cost_us: float = Field(ge=0)
    """Microseconds of one core that it takes a row."""
    trains: bool = False
    """Whether a model may learn from it."""
    ablation: AblationConfig | None = None

    @model_validator(mode="after")
    def _earned(self) -> "FeatureConfig":
        if not self.trains or self.name in NEED_NO_ABLATION:
            return self
        if self.ablation is None:
            raise ValueError(f"{self.name}: trains without an ablation; run `make study-features`, or set trains to false")
        if self.ablation.low <= 0:
            raise ValueError(
                f"{self.name}: trains, but its ablation's lower bound is {self.ablation.low}; it must be above 0, or trains false"
            )
        return self


class GroupConfig(Section):
    """Features of one key that are made and kept together."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    key: Key
    description: str = Field(min_length=1)
    ttl_days: int = Field(ge=0)
    """A value older than this counts as missing; 0: it never is."""
    features: tuple[FeatureConfig, ...] = Field(min_length=1)

    @property
    def names(self) -> tuple[str, ...]:
        """Of its features."""
        return tuple(one.name for one in self.features)


class FeatureStoreConfig(Section):
    """What the store holds."""

    audited: int = Field(ge=1)
    """Keys whose values are read back after each publication, from both sides of the store, and compared with those made anew."""
    groups: tuple[GroupConfig, ...]

    @model_validator(mode="after")
    def _told_apart(self) -> "FeatureStoreConfig":
        names = [group.name for group in self.groups]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"groups: {twice[0]} is there twice; give each group a name of its own")
        for group in self.groups:
            if twice := [name for name in group.names if group.names.count(name) > 1]:
                raise ValueError(f"groups.{group.name}: {twice[0]} is there twice; give each feature a name of its own")
        return self

    def group(self, name: str) -> GroupConfig | None:
        """The group of this name, if there is one."""
        return next((group for group in self.groups if group.name == name), None)
