"""The one error of this package: a line that a person can act on."""


class LocalError(Exception):
    """Shown as it is, without a traceback: what is wrong, the value, what to do."""
