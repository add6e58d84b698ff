"""What is said: messages, suggestions and complaints, and the help."""
