"""The local stack: its parts, ports, environment and folder."""
