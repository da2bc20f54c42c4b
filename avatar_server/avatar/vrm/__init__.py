"""VRM 0.x and 1.0: what the extensions add to a glTF file, each organ read by its own module."""
