"""What changes accounts, sessions, codes, throttles and drafts."""
