"""Model adapters: requests in, replies out."""
