"""Where adapters work: in this process, or in many at once."""
