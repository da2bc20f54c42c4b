/* Texels of a map at eight places. */

#ifndef AVATAR_SAMPLE_H
#define AVATAR_SAMPLE_H

#include "lanes.h"
#include "scene.h"

typedef struct {
    f8 r, g, b, a;
} Color8;

typedef uint16_t u16x __attribute__((vector_size(32)));
typedef uint64_t pairs __attribute__((vector_size(32)));

/* A texture coordinate as a place in [0, size] (glTF 2.0, 5.26: repeat, clamp, mirror). */
static inline f8 wrapped(f8 at, int wrap, float size) {
    if (wrap == WRAP_REPEAT) at = at - f8_floor(at);
    if (wrap == WRAP_MIRROR) {
        f8 half = at * 0.5f;
        at = 1 - f8_abs(1 - 2 * (half - f8_floor(half)));
    }
    return f8_saturate(at) * size;
}

static inline f8 mixed(f8 from, f8 to, f8 share) { return from + (to - from) * share; }

static inline Color8 mixed_color(Color8 from, Color8 to, f8 share) {
    return (Color8){mixed(from.r, to.r, share), mixed(from.g, to.g, share),
                    mixed(from.b, to.b, share), mixed(from.a, to.a, share)};
}

static inline Color8 unpacked(i8 texel) {
    return (Color8){f8_of_i8(texel & 255), f8_of_i8((texel >> 8) & 255),
                    f8_of_i8((texel >> 16) & 255), f8_of_i8((texel >> 24) & 255)};
}

static inline uint64_t pair_at(const uint32_t *texels, int32_t index) {
    uint64_t pair;
    memcpy(&pair, texels + index, sizeof pair);
    return pair;
}

/* The texels at eight indices, and those to the right of them. */
static inline void load_pairs(const uint32_t *texels, i8 index, i8 *left, i8 *right) {
    pairs even = {pair_at(texels, index[0]), pair_at(texels, index[1]),
                  pair_at(texels, index[4]), pair_at(texels, index[5])};
    pairs odd = {pair_at(texels, index[2]), pair_at(texels, index[3]),
                 pair_at(texels, index[6]), pair_at(texels, index[7])};
    *left = __builtin_shufflevector((i8)even, (i8)odd, 0, 2, 8, 10, 4, 6, 12, 14);
    *right = __builtin_shufflevector((i8)even, (i8)odd, 1, 3, 9, 11, 5, 7, 13, 15);
}

/* Two channels of a texel, 8 bit in 16, with one share of the next texel in both: times 256. */
static inline u16x mixed_channels(i8 left, i8 right, u16x share) {
    const i8 low = i8_of(0x00ff00ff);
    return (u16x)(left & low) * (256 - share) + (u16x)(right & low) * share;
}

static inline u16x scaled(u16x a, u16x share) {
#ifdef __AVX2__
    return (u16x)_mm256_mulhi_epu16((__m256i)a, (__m256i)share);
#else
    for (int k = 0; k < 16; ++k) a[k] = (uint16_t)(((uint32_t)a[k] * share[k]) >> 16);
    return a;
#endif
}

/* A share in [0, 1] as a whole number of 1/256, in both halves of each lane. */
static inline u16x fixed(f8 share) {
    i8 whole = i8_of_f8(share * 255.99f);
    return (u16x)(whole | (whole << 16));
}

/* In [0, 1], bilinear between the four texels around, or the nearest. */
static inline Color8 sample(const Map *map, f8 u, f8 v) {
    /* Around the texels lies a border of one, the wrap's. */
    const int32_t stride = map->width + 2;
    f8 x = wrapped(u, map->wrap_s, (float)map->width);
    f8 y = wrapped(v, map->wrap_t, (float)map->height);
    if (map->nearest) {
        Color8 color = unpacked(i8_gather(map->texels, (i8_of_f8(y) + 1) * stride + i8_of_f8(x) + 1));
        const float unit = 1 / 255.0f;
        return (Color8){color.r * unit, color.g * unit, color.b * unit, color.a * unit};
    }
    x += 0.5f;
    y += 0.5f;
    f8 column = f8_floor(x), row = f8_floor(y);
    u16x across = fixed(x - column), down = fixed(y - row);
    i8 index = i8_of_f8(row) * stride + i8_of_f8(column), left, right;
    load_pairs(map->texels, index, &left, &right);
    u16x red_blue = mixed_channels(left, right, across);
    u16x green_alpha = mixed_channels(left >> 8, right >> 8, across);
    load_pairs(map->texels + stride, index, &left, &right);
    u16x red_blue_below = mixed_channels(left, right, across);
    u16x green_alpha_below = mixed_channels(left >> 8, right >> 8, across);
    u16x rest = (256 - down) << 7;
    down = down << 7;
    i8 even = (i8)(scaled(red_blue, rest) + scaled(red_blue_below, down));
    i8 odd = (i8)(scaled(green_alpha, rest) + scaled(green_alpha_below, down));
    const float unit = 1 / (255.0f * 128.0f);
    return (Color8){f8_of_i8(even & 0xffff) * unit, f8_of_i8(odd & 0xffff) * unit,
                    f8_of_i8((even >> 16) & 0xffff) * unit, f8_of_i8((odd >> 16) & 0xffff) * unit};
}

#endif
