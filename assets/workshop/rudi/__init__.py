"""Rudi: a young red panda in a teal hoodie."""
