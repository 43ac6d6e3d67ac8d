"""A real server process, killed at any moment: what it has acknowledged is there when it is back."""
