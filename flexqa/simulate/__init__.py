"""The simulator: one body, all signals. Writes recordings in FLEX's own directory layout."""
