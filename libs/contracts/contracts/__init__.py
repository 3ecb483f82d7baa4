"""The product's events, topics, envelope and error codes. Imports nothing else of ours."""
