"""Great Expectations: the suites of the data gates, run and shown."""
