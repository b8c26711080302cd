"""One stage a file; each a plain function that takes and returns refs and reads like its docstring."""
