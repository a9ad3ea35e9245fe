"""Carers, the people they care for, and the help they ask for."""
