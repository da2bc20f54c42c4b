/* What is done to a drawn picture. canvas.py mirrors this structure field by field. */

#ifndef AVATAR_PICTURE_H
#define AVATAR_PICTURE_H

#include <stdint.h>

/* Working memory of one size of picture. */
typedef struct {
    uint16_t *blends; /* (pixels): what a pixel takes of which neighbour; all 0 between pictures */
    int32_t *touched; /* (pixels) */
    uint8_t *mixed;   /* (pixels, 4) */
    uint8_t *row, *before, *either; /* (width + 8) */
    int32_t *begun;   /* (width) */
    int32_t count;
} Smoothing;

void avatar_smooth(Smoothing *with, const uint8_t *seen, uint8_t *pixels, int width, int height,
                   int channels);
/* The planes' rows from `top`, which is even, on from `rows` of pixels. */
void make_planes(const uint32_t *pixels, uint8_t *y, uint8_t *u, uint8_t *v, int width, int top,
                 int rows);

#endif
