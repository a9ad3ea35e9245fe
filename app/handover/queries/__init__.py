"""What can be asked of seniors, of what they hold, and of handovers."""
