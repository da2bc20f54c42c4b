/* A region of a frame as the landmark network takes it: sampling.py says what is computed. */

/* Lets the compiler take single instructions for least and most. */
#pragma GCC optimize("finite-math-only", "no-signed-zeros")

#include <stdint.h>
#include <string.h>

#define MOST_SIDE 256

typedef struct {
    const uint8_t *samples;
    int64_t stride;        /* bytes from row to row */
    int32_t width, height; /* 2 or more each */
} Plane;

/* Where a row of samples is read, and how much of the neighbours to the right and below goes in. */
typedef struct {
    int32_t column[MOST_SIDE], row[MOST_SIDE];
    float right[MOST_SIDE], below[MOST_SIDE];
} Places;

static inline float limited(float value, float most) {
    value = value < most ? value : most;
    return value > 0 ? value : 0;
}

static inline int32_t within(int32_t value, int32_t most) {
    value = value < most ? value : most;
    return value > 0 ? value : 0;
}

/* One row of `count` samples at (x, y), (x + dx, y + dy), ...; outside, the edge goes on. */
static void sample_row(const Plane *plane, float x, float y, float dx, float dy, int count, float *to) {
    Places at;
    const float last_column = plane->width - 1, last_row = plane->height - 1;
    for (int k = 0; k < count; ++k) {
        float across = limited(x + dx * k, last_column), down = limited(y + dy * k, last_row);
        int32_t column = (int32_t)across, row = (int32_t)down;
        /* From both sides: what is not a number may have passed the first. */
        at.column[k] = within(column, plane->width - 2);
        at.row[k] = within(row, plane->height - 2);
        at.right[k] = across - at.column[k];
        at.below[k] = down - at.row[k];
    }
    uint16_t upper[MOST_SIDE], lower[MOST_SIDE]; /* two neighbours each */
    for (int k = 0; k < count; ++k) {
        const uint8_t *from = plane->samples + at.row[k] * plane->stride + at.column[k];
        memcpy(upper + k, from, 2);
        memcpy(lower + k, from + plane->stride, 2);
    }
    for (int k = 0; k < count; ++k) {
        float above = (upper[k] & 255) + at.right[k] * ((upper[k] >> 8) - (upper[k] & 255));
        float under = (lower[k] & 255) + at.right[k] * ((lower[k] >> 8) - (lower[k] & 255));
        to[k] = above + at.below[k] * (under - above);
    }
}

static inline float unit(float value) { return limited(value, 1); }

/* RGB of 0 to 1 (`size`, `size`, 3) of Y, U and V.
 *
 * `map` (2, 3) takes pixel indices of the crop to those of luma; `colors` (3, 4) takes Y, U, V, 1 to
 * RGB. Chroma is read once for 2 x 2 pixels of the crop, as coarsely as it is kept. */
void avatar_crop(const Plane *planes, const float *map, const float *colors, int size, float *rgb) {
    float luma[MOST_SIDE], chroma[2][MOST_SIDE / 2], wide[2][MOST_SIDE];
    for (int y = 0; y < size; ++y) {
        sample_row(planes, map[1] * y + map[2], map[4] * y + map[5], map[0], map[3], size, luma);
        if (y % 2 == 0) {
            /* Between 2 x 2 pixels; chroma sample i sits between luma samples 2i and 2i + 1. */
            float x = map[0] * 0.5f + map[1] * (y + 0.5f) + map[2];
            float down = map[3] * 0.5f + map[4] * (y + 0.5f) + map[5];
            for (int plane = 0; plane < 2; ++plane) {
                sample_row(planes + 1 + plane, x / 2 - 0.25f, down / 2 - 0.25f, map[0], map[3],
                           size / 2, chroma[plane]);
                for (int k = 0; k < size; ++k) wide[plane][k] = chroma[plane][k / 2];
            }
        }
        float *to = rgb + (size_t)y * size * 3;
        for (int k = 0; k < size; ++k)
            for (int c = 0; c < 3; ++c) {
                const float *color = colors + 4 * c;
                to[3 * k + c] = unit(color[0] * luma[k] + color[1] * wide[0][k] +
                                     color[2] * wide[1][k] + color[3]);
            }
    }
}
