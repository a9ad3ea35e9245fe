"""What people write, read into the catalogue's values: never a guess in silence.

Every reader returns `Understood` (a value, with remarks on how it was read) or `Unclear` (the words as they stand,
a question, and texts that would answer it).
"""
