"""A run as pages where every question can be looked at: evidence, options, reply, what was read from it, and why."""
