"""What a scene is, asks for and looks like. Pure."""
