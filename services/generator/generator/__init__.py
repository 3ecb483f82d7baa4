"""One clip per scene, in the mezzanine format."""
