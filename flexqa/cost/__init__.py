"""What a run costs: seconds, tokens, joules and dollars, each beside the operating point at which it was measured."""
