"""Where a process is between its start and its end."""

from dataclasses import dataclass


@dataclass
class Lifecycle:
    """``draining``: it was told to end, answers what still comes, and wants to be sent nothing more."""

    draining: bool = False
