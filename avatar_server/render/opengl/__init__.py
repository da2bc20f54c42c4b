"""OpenGL through EGL: on a GPU, or on a software rasteriser behind it."""
