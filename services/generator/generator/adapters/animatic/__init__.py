"""Scenes drawn here: landscape, characters and words, frame by frame."""
