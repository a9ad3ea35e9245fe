"""Warnings of the weather: which are in force, which visits they stop, whom to phone first, and what comes after."""
