"""The simulator: many short lives of a few devices and one server, with every fault that can be drawn from a seed.

One thread, and the clock, the network, the disks and chance are the simulator's own. What runs is the product: the
devices of `sync.client`, and the server's own checks and routes. A life is a list of steps, so a failing one is a
seed, and a shorter list that fails too. `checker` reads what happened and knows nothing of how it came about.
"""
