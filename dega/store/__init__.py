"""PostgreSQL and Valkey: the pools, the migrations, and one typed module for each file of sql/queries/."""
