"""People at their browsers. The only package that knows HTTP and templates; it has no rule about money."""
