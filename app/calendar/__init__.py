"""Visits by month and week, and in people's own calendars: secret addresses that a calendar programme reads."""
