"""The pages, one file for each group of them: each reads, does, and answers."""
