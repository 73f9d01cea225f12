"""The question types, one module each: a file that is added here adds a type."""
