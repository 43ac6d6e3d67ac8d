"""One law per file, over random histories."""
