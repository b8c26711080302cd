"""What is trained, of what, where and how it is watched."""
