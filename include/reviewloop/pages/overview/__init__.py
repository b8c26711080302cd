"""Where a person begins: how the loop is, and where everything is to be found."""
