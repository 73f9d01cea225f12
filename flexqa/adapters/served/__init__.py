"""Models behind HTTP: an adapter for every server that speaks OpenAI's /v1/chat/completions."""
