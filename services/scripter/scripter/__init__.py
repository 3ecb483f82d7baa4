"""Transcript to script, script to scenes."""
