"""One file for each threat: the control that meets it, and proof that the test would notice its absence."""
