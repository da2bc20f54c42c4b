/* The colour of a surface at eight pixels. */

#ifndef AVATAR_SURFACE_H
#define AVATAR_SURFACE_H

#include "sample.h"

/* A triangle made ready for shading. Planes over the picture, as value at (x, y) and steps along x
 * and along y: of 1/w, then of each thing that varies, divided by w; then, for normal maps, where
 * texture coordinates grow. */
enum {
    RECORD_X,
    RECORD_Y,
    RECORD_LIGHT_SIGN,
    RECORD_PLANES, /* 3 (1 + varyings), then 6 */
};
#define MAX_RECORD 72 /* 3 + 3 (1 + MAX_VARYINGS) + 6, in whole groups of lanes */

/* The colours of pixels with their centres at (x, y), each of its own record's triangle. Straight alpha;
 * red, green and blue may be above 1. */
Color8 shade(const Scene *scene, const Surface *surface, const float *const records[LANES], f8 x, f8 y);

/* A line's colour, of which `line[3]` is lit as the surface that it surrounds. */
static inline Color8 outlined(const Surface *surface, Color8 color) {
    const float *line = surface->outline_color;
    color.r = line[0] * (1 + (color.r - 1) * line[3]);
    color.g = line[1] * (1 + (color.g - 1) * line[3]);
    color.b = line[2] * (1 + (color.b - 1) * line[3]);
    return color;
}

static inline i8 packed(Color8 color) {
    i8 r = i8_of_f8(f8_saturate(color.r) * 255 + 0.5f);
    i8 g = i8_of_f8(f8_saturate(color.g) * 255 + 0.5f);
    i8 b = i8_of_f8(f8_saturate(color.b) * 255 + 0.5f);
    i8 a = i8_of_f8(f8_saturate(color.a) * 255 + 0.5f);
    return r | (g << 8) | (b << 16) | (a << 24);
}

#endif
