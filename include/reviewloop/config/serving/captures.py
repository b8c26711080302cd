"""How long what the endpoint captured is kept."""

from pydantic import Field

from reviewloop.config.sections import Section


class CapturesConfig(Section):
    """Of captured requests, which hold what customers wrote."""

    retention_days: int = Field(ge=1)
    """Days after which requests and the rows made of them are deleted; today is never."""
    watched_texts: int = Field(ge=1)
    """Texts of a day of requests that are compared with the champion's reference; of more, those of the first request ids."""
