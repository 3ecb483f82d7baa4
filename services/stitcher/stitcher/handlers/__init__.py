"""Scenes arrive, windows are encoded as soon as they can be, the film is joined."""
