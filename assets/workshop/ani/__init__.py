"""Ani: a young woman with lilac-to-rose twin tails and a plum blazer."""
