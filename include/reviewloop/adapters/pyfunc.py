"""Where the ``MLmodel`` of every version registered until release 0.1 looks for its loader: they name this module."""

from reviewloop.models.pyfunc import _load_pyfunc

__all__ = ["_load_pyfunc"]
