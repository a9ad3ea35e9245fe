"""The life of offers, visits and seats: offered, answered, taken back, ended. Who may go is for `matching` to say.

Every function locks what it changes in one order, offer before visits before seats, and ends seats of minors before
the adult's beside whom they were to go; the database insists on the same (see migrations/guards.py).
"""
