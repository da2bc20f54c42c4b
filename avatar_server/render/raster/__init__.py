"""The rasteriser for machines without a GPU, in C."""
