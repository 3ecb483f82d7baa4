"""Loopback servers that speak outside services' wire protocols, for tests and trials."""
