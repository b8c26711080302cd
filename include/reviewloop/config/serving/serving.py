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
    key_requests_per_minute: int | None = Field(None, ge=1)
    """POSTs of one key in any 60 seconds, of one process; empty: as many as there is room for. Only where keys are asked for."""
    timeout_seconds: float = Field(gt=0)
    """From the first byte to the answer, where the caller gives no other."""
    challenger_seconds: float = Field(gt=0)
    """How long a challenger has to answer, and at most half of what its caller waits; then the champion answers in its place."""
    keep_alive_seconds: int = Field(ge=1)
    """How long an idle connection is kept; longer than the load balancer before it keeps its own."""
    drain_seconds: float = Field(ge=0)
    """Told to end, the endpoint says so and goes on answering so long, until nothing is sent to it any more."""
    max_spool_megabytes: float = Field(gt=0)
    """Captured requests that wait for the lake on this machine; one more is dropped, and counted."""
    shadow_tokens: int = Field(ge=1)
    """Of requests that a challenger is still to read unseen; one more is dropped, and captured as dropped."""
    shadow_core_share: float = Field(gt=0, le=1)
    """Of one core, how much that reading takes at most."""
    num_passes: int | None = Field(None, ge=1)
    """At once, each on one thread; empty: one more than this process has cores, none of which then waits for a hand-over."""


class ScoringConfig(Section):
    """How batch scoring reads a day that is too large for one task."""

    chunk_rows: int = Field(ge=1)
    """Reviews that one task reads; a day of no more is read by the task that publishes it."""
