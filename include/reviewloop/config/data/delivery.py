"""What a delivery's bytes may cost: a file is refused at the first bound that it passes, before it has cost more."""

from pydantic import Field

from reviewloop.config.sections import Section


class LimitsConfig(Section):
    """Bounds of one delivered file, ``dataset.limits``; each refusal names the file, the value, the bound and its key."""

    max_megabytes: int = Field(ge=1)
    """Of the file unpacked, and of all cells read from it; MB of 2**20 bytes (of cells: characters)."""
    max_unpacking_ratio: float = Field(gt=1)
    """Unpacked bytes over packed bytes, asked once a file unpacks to more than one MB."""
    max_columns: int = Field(ge=1)
    """Columns of the header; of JSON Lines, different keys of all objects."""
    max_cells: int = Field(ge=1)
    """Rows times columns of the header."""
    max_cell_characters: int = Field(ge=1, le=2**30)
    """Of one cell. A line of text may be twice as long."""
    max_quarantine_megabytes: int = Field(ge=1)
    """Of the cells that are kept of rows set aside; MB of 2**20 characters. The gate ``quality`` holds them in memory."""
