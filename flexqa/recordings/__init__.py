"""Recordings: what one is (`model`), FLEX's layout on disk (`flex_layout`), clips (`video`), sensors (`signals`)."""
