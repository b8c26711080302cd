"""The feature store. Feast keeps the definitions and serves online; what was known when is joined and kept by ``core.features``.

Feast's own historical join drops, merges and reorders rows, and takes any of several values of one time
(``findings/feast-*.sh``): it is not asked. Only train and validation are published: the sealed part stays sealed, and a
feature store is there to be read.
"""
