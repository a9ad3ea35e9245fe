"""An agreed visit: who goes, when, what they answered, and when they may see the address."""
