"""How ready the loop is for production, by the rubric of the ML Test Score: tests that are run, and a table of points."""
