"""A whole convention in fast motion: two days in minutes, with an account of every figure at the end."""
