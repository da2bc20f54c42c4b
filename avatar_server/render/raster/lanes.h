/* Eight numbers at a time. Written with the vector extension that GCC and Clang share, so that one
 * text serves every processor; AVX2 gets its own instruction where the compiler finds none. */

#ifndef AVATAR_LANES_H
#define AVATAR_LANES_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define LANES 8
#define ALL_LANES 255 /* as any_lane has it */

typedef float f8 __attribute__((vector_size(32)));
typedef int32_t i8 __attribute__((vector_size(32)));

static const f8 LANE_INDEX = {0, 1, 2, 3, 4, 5, 6, 7};

static inline f8 f8_of(float value) { return value - (f8){0}; }
static inline i8 i8_of(int32_t value) { return value - (i8){0}; }
static inline f8 f8_load(const float *from) {
    f8 value;
    memcpy(&value, from, sizeof value);
    return value;
}
static inline void f8_store(float *to, f8 value) { memcpy(to, &value, sizeof value); }
static inline i8 i8_load(const int32_t *from) {
    i8 value;
    memcpy(&value, from, sizeof value);
    return value;
}
static inline void i8_store(int32_t *to, i8 value) { memcpy(to, &value, sizeof value); }

/* Masks are 0 or -1 in every lane, as comparisons make them. */
static inline f8 f8_pick(i8 mask, f8 yes, f8 no) {
#ifdef __AVX2__
    return (f8)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)mask);
#else
    return (f8)((mask & (i8)yes) | (~mask & (i8)no));
#endif
}
static inline i8 i8_pick(i8 mask, i8 yes, i8 no) {
    return (i8)f8_pick(mask, (f8)yes, (f8)no);
}
static inline int any_lane(i8 mask) {
#ifdef __AVX2__
    return _mm256_movemask_ps((__m256)mask);
#else
    int bits = 0;
    for (int lane = 0; lane < LANES; ++lane) bits |= (mask[lane] & 1) << lane;
    return bits;
#endif
}
static inline f8 f8_min(f8 a, f8 b) {
#ifdef __AVX2__
    return (f8)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return f8_pick(a < b, a, b);
#endif
}
static inline f8 f8_max(f8 a, f8 b) {
#ifdef __AVX2__
    return (f8)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return f8_pick(a > b, a, b);
#endif
}
/* Not a number comes out as 0. */
static inline f8 f8_saturate(f8 a) { return f8_min(f8_max(a, f8_of(0)), f8_of(1)); }
static inline f8 f8_abs(f8 a) { return (f8)((i8)a & i8_of(0x7fffffff)); }
static inline f8 f8_sqrt(f8 a) {
#ifdef __AVX2__
    return (f8)_mm256_sqrt_ps((__m256)a);
#else
    for (int lane = 0; lane < LANES; ++lane) a[lane] = sqrtf(a[lane]);
    return a;
#endif
}
static inline f8 f8_pow(f8 a, float power) {
    for (int lane = 0; lane < LANES; ++lane) a[lane] = powf(a[lane], power);
    return a;
}
static inline f8 f8_floor(f8 a) {
#ifdef __AVX2__
    return (f8)_mm256_floor_ps((__m256)a);
#else
    for (int lane = 0; lane < LANES; ++lane) a[lane] = floorf(a[lane]);
    return a;
#endif
}
/* Towards zero. */
static inline i8 i8_of_f8(f8 a) { return __builtin_convertvector(a, i8); }
static inline f8 f8_of_i8(i8 a) { return __builtin_convertvector(a, f8); }

static inline i8 i8_gather(const uint32_t *from, i8 index) {
#ifdef __AVX2__
    return (i8)_mm256_i32gather_epi32((const int *)from, (__m256i)index, 4);
#else
    i8 value;
    for (int lane = 0; lane < LANES; ++lane) value[lane] = (int32_t)from[index[lane]];
    return value;
#endif
}
/* Column k of `to` are eight numbers from rows[k] on: rows in, lanes out. */
static inline void transpose(f8 to[8], const float *const rows[8]) {
#ifdef __AVX2__
    __m256 r[8], s[8];
    for (int k = 0; k < 4; ++k) {
        __m256 a = _mm256_loadu_ps(rows[2 * k]), b = _mm256_loadu_ps(rows[2 * k + 1]);
        r[2 * k] = _mm256_unpacklo_ps(a, b);
        r[2 * k + 1] = _mm256_unpackhi_ps(a, b);
    }
    for (int k = 0; k < 8; k += 4) {
        s[k] = _mm256_shuffle_ps(r[k], r[k + 2], 0x44);
        s[k + 1] = _mm256_shuffle_ps(r[k], r[k + 2], 0xee);
        s[k + 2] = _mm256_shuffle_ps(r[k + 1], r[k + 3], 0x44);
        s[k + 3] = _mm256_shuffle_ps(r[k + 1], r[k + 3], 0xee);
    }
    for (int k = 0; k < 4; ++k) {
        to[k] = (f8)_mm256_permute2f128_ps(s[k], s[k + 4], 0x20);
        to[k + 4] = (f8)_mm256_permute2f128_ps(s[k], s[k + 4], 0x31);
    }
#else
    for (int k = 0; k < 8; ++k)
        for (int lane = 0; lane < 8; ++lane) to[k][lane] = rows[lane][k];
#endif
}
/* The lanes before `count`. */
static inline i8 first_lanes(int count) { return LANE_INDEX < f8_of((float)count); }

static inline void store_lanes(uint32_t *to, i8 value, i8 mask) {
#ifdef __AVX2__
    _mm256_maskstore_epi32((int *)to, (__m256i)mask, (__m256i)value);
#else
    for (int lane = 0; lane < LANES; ++lane)
        if (mask[lane]) to[lane] = (uint32_t)value[lane];
#endif
}

#endif
