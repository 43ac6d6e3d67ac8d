"""What the system can carry, each figure beside its floor measured in the same run. `./dev bench` runs it."""
