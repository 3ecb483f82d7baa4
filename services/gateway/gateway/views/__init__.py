"""The API's shapes: what requests may say, and what answers look like."""
