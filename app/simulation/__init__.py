"""Weeks of the service in minutes: invented people and coordinators, the real use cases and jobs, a moved clock."""
