"""One part at a time: every refusal has its accepted twin."""
