"""The business of vacancies, in plain Python: one noun a file."""
