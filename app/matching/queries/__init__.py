"""Questions about nights, what they proposed, and the needs nobody could meet."""
