"""Who is there: registering, signing in by number, password and one-time code, blocks, sessions, staff's part in it."""
