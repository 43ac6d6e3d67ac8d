"""The server's side of a space: its tables, the one repository over two databases, push and pull."""
