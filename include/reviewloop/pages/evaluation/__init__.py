"""What a model was asked before a release, and how it did."""
