"""Voices: a local one that needs nothing, and one behind OpenAI's interface."""
