"""What every room stands on: the database, errors, words, times, secrets, the audit. No Flask."""
