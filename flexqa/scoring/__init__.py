"""From raw replies to numbers: extract, verdict, aggregate, statistics."""
