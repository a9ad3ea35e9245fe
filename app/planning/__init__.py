"""What follows from a night's plan: which course to hold, for whom, and what it would open."""
