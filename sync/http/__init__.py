"""HTTP: the only part of the engine that knows a web framework."""
