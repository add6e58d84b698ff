"""Dega Internet: the internet branch of a bank."""
