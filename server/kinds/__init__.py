"""The catalogue: one file for each noun, and the only place where a field exists."""
