"""What the endpoint takes in at once, and how long it lets anybody wait."""

from pydantic import Field

from reviewloop.config.sections import Section


class ServingConfig(Section):
    """Bounds of one process. Work is counted in tokens, memory in bytes, and nobody waits without one."""

    max_body_megabytes: float = Field(gt=0)
    """Of one request, 10^6 bytes; a larger one is refused while it is read."""
    max_held_megabytes: float = Field(gt=0)
    """Of all bodies that are being read or answered at once."""
    max_wait_ms: float = Field(gt=0)
    """Work that a new request finds before it, at the measured rate; more is refused with the time to come again."""
    max_waiting_tokens: int = Field(ge=1)
    """Of all requests together, whatever the rate."""
    pass_tokens: int = Field(ge=1)
    """Of one pass through the model, padding included: what a short review waits for behind long ones."""
    timeout_seconds: float = Field(gt=0)
    """From the first byte to the answer, where the caller gives no other."""
    drain_seconds: float = Field(ge=0)
    """Told to end, the endpoint says so and goes on answering so long, until nothing is sent to it any more."""
    max_spool_megabytes: float = Field(gt=0)
    """Captured requests that wait for the lake on this machine; one more is dropped, and counted."""
    num_passes: int | None = Field(None, ge=1)
    """At once, each on one thread; empty: as many as this process has cores."""
