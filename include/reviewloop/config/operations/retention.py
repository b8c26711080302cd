"""How long the lake keeps what another thing has superseded, or what can be made again."""

from pydantic import Field

from reviewloop.config.sections import Section


class RetentionConfig(Section):
    """Of what nothing names any more. What a version, the ledger or a snapshot leads to has no limit here: it is never deleted."""

    automatic: bool
    """Whether the weekly run of ``lake_retain`` deletes; otherwise it only tells, and a person asks for it."""
    superseded_batches: int = Field(ge=1)
    """Older batches of a day and table that stay beside the one that counts, the newest of them."""
    superseded_days: int = Field(ge=1)
    """Days since an older batch was written, before which it stays all the same."""
    parsed_days: int = Field(ge=1)
    """Days after which a parsed delivery goes of which no kept batch was made; ``parse`` makes it again."""
    half_written_days: int = Field(ge=1)
    """Days after which files without a manifest go: no step writes one artifact for as long."""
    chunk_days: int = Field(ge=1)
    """Days after which pieces go of a day that was never scored as a whole."""
    result_days: int = Field(ge=1)
    """Days after which Athena's answers go."""
    log_days: int = Field(ge=1)
    """Days after which the logs of tasks, and lineage events in files, are deleted."""
