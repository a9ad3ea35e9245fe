"""What changes hours, awards and letters."""
