"""Who works with Escale: associations and, with the engine, their workers' devices."""
