"""Which labels look wrong to a model that has not seen them: a list for people."""
