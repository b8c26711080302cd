"""Which version answers whom, and which one reads unseen."""
