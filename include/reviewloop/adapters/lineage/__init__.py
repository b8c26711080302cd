"""Traces: what the ledger, the manifests and the partitions of the lake tell of a prediction, a version, data or a person."""
