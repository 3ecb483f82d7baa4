"""The film as data: what it is made of, how it is cut into segments, its sound, its captions."""
