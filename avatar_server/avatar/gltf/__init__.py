"""glTF 2.0: the container, its buffers and accessors, and the geometry and materials in them."""
