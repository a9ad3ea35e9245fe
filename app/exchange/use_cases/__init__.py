"""What a file's rows mean, what has to be settled, and taking them over."""
