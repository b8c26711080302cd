"""The catalogue of encoders that a fine-tune may start from: the one place that says where their weights are, and which."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError, model_validator

from reviewloop.config.sections import Section
from reviewloop.config.strict_yaml import read_yaml
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

FILE: Final = "encoders.yaml"
Words = Annotated[str, Field(min_length=1)]


class ResultConfig(Section):
    """What an encoder is known to have reached somewhere."""

    task: Words
    metric: Words
    value: float
    source: Words
    """Who says so, or the command that measures it."""


class EncoderConfig(Section):
    """One encoder. ``None``, and no results, mean that it is not known here."""

    name: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*$")
    package: str | None = Field(default=None, pattern=r"^[A-Za-z_]\w*$")
    """An installed package that carries the weights: then no hub is asked."""
    hub: str | None = Field(default=None, pattern=r"^[\w.-]+/[\w.-]+$")
    """Its id on the Hugging Face hub."""
    revision: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$")
    """A commit of the hub, which fixes each file's bytes."""
    weights_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """Of its ``model.safetensors``. Other weights under this name are refused."""
    licence: Words | None = None
    """As SPDX names it."""
    family: Words | None = None
    """``model_type`` in its config.json."""
    millions_of_parameters: float | None = Field(default=None, gt=0)
    megabytes: float | None = Field(default=None, gt=0)
    """10^6 bytes of the weights' file."""
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()
    """ISO 639 codes; ``mul`` is many."""
    max_tokens: int | None = Field(default=None, ge=1)
    """The longest input, special tokens included."""
    results: tuple[ResultConfig, ...] = ()
    sources: tuple[Words, ...] = Field(min_length=1)
    """Where the facts above were read."""

    @model_validator(mode="after")
    def _to_be_had(self) -> "EncoderConfig":
        if self.package is None and (self.hub is None or self.revision is None):
            raise ValueError("say where its weights are: package, or hub with revision")
        if self.revision is not None and self.hub is None:
            raise ValueError("revision is a commit of the hub, and hub is missing")
        return self

    @property
    def place(self) -> str:
        """As ``models.encoder.pretrained`` finds it: ``package:NAME``, or the hub's id with its revision."""
        return f"package:{self.package}" if self.package else f"{self.hub}@{self.revision}"

    def is_called(self, model: str) -> bool:
        """Whether ``model`` is its name or its place, or the hub's id, with this revision or with none."""
        return model in {self.name, self.place, self.hub, f"{self.hub}@{self.revision}"} - {None}


@lru_cache(maxsize=4)
def read_encoders(folder: Path) -> tuple[EncoderConfig, ...]:
    """The catalogue in ``folder``, in its order.

    Raises ``ConfigError`` in one line for each mistake: the encoder, the key, and what is allowed.
    """
    try:
        found = read_yaml(folder / FILE, FILE)
    except FileNotFoundError:
        raise ConfigError(f"{FILE}: no such file in {folder}; it names the encoders that a fine-tune may start from") from None
    if not isinstance(found, Mapping) or not found:
        raise ConfigError(f"{FILE}: expected a mapping from an encoder's name to what is known of it, found {type(found).__name__}")
    encoders, faults = [], []
    for name, known in found.items():
        if not isinstance(known, Mapping):
            faults.append(f"{name}: expected a mapping, found {type(known).__name__}")
            continue
        try:
            encoders.append(EncoderConfig.model_validate({**known, "name": str(name)}))
        except ValidationError as error:
            faults += [f"{name}: {_told(one['loc'], one['msg'])}" for one in error.errors(include_url=False)]
    for number, one in enumerate(encoders):
        same = next((other for other in encoders[:number] if other.is_called(one.place) or one.is_called(other.place)), None)
        if same:
            faults.append(f"{one.name}: has the weights of {same.name}; keep one of them")
    if faults:
        raise ConfigError("\n".join(f"{FILE}: {fault}" for fault in faults))
    return tuple(encoders)


def _told(place: tuple[int | str, ...], what: str) -> str:
    where = ".".join(map(str, place))
    return f"{where}: {what}" if where else what.removeprefix("Value error, ")


def encoder_of(model: str, folder: Path | None = None) -> EncoderConfig | None:
    """The encoder that ``model`` names, as ``training.transformer.model`` or a version's record does; None for any other."""
    known = read_encoders(folder or settings().config_dir)
    return next((one for one in known if one.is_called(model)), None)


def place_of(model: str, folder: Path | None = None) -> str:
    """Where the weights of ``model`` are: of the catalogue's encoders their place, any other name as it is."""
    found = encoder_of(model, folder)
    return found.place if found else model
