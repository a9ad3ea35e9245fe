"""The demonstration: a district of invented people in real areas, to try the service on."""
