"""The commands of operators and staff, one file for each group."""
