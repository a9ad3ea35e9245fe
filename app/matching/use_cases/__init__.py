"""What people decide on top of the night's proposals, and what keeps seats true before each night."""
