"""The programme's own words: areas and travel, kinds of support, skills, languages, and what a visit may demand."""
