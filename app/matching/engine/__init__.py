"""The matching engine: rows in, a plan with its proof and its reasons out."""
