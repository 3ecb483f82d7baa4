"""What the generator talks to: ffmpeg, PyAV, Postgres, video providers."""
