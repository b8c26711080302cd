"""One outside system a file. Heavy libraries are imported inside functions: a DAG parse must not pay for them."""
