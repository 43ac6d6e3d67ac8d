"""Who works with Escale: how a new device becomes a member."""
