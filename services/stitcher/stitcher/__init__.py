"""Clips to one film."""
