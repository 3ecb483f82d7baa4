"""What the stitcher talks to: ffmpeg, PyAV, Postgres."""
