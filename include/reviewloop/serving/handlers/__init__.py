"""What answers a request, a path a module."""
