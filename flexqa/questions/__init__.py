"""The question generator: one file per question type, found by `registry`."""
