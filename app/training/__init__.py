"""Training: the curriculum of the university, and what a course grants, prolongs and requires."""
