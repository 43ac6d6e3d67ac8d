"""What is derived from the catalogue, one module for each file; nobody writes those files by hand."""
