"""What can be asked of requests, the people in them, and the visits they need."""
