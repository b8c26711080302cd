"""Kinds of models that are tried beside each other: a file each, all of one protocol, listed in ``table``."""
