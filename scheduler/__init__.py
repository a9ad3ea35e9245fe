"""The scheduler: its own process, which knocks; what is owed stands in the database."""
