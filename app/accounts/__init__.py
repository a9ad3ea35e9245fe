"""Who signs in, how, and what they may do."""
