"""The journal: each kind's table, written at push and rebuilt from the log. Nothing here decides what is in the log."""
