"""The sculpting toolkit: surfaces, paint, rig and a GLB/VRM 1.0 writer.

A character is a script over this package that makes the same file from the same source.
Units are metres, y is up, the character faces +z, and its left is +x.
"""
