"""Recognition: hours of service, the awards they add up to, and letters that say so."""
