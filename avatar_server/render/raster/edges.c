/* Smooth edges: edges.py's morphological antialiasing (Reshetov, "Morphological Antialiasing", HPG
 * 2009), which says how it works, a pixel at a time. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

#define LEAST_CONTRAST 14
/* How far from its ends a run may slope, in pixels: one between opposite turns is a slanted edge for
 * sure, one between equal turns may be the straight side of a box. */
#define REACH_SLANTED 32.0f
#define REACH_BOX 6.0f

/* 1: the edge turns into the near line past the end of a run, -1: into the far one, 0: neither. */
static int turn_of(const uint8_t *seen, int32_t near, int32_t step, int32_t across) {
    int here = seen[near], there = seen[near + across];
    int next_near = seen[near + step], next_far = seen[near + step + across];
    int near_error = abs(next_near - there), far_error = abs(next_far - here);
    int into_near = near_error < abs(next_near - here) && near_error <= far_error;
    int into_far = far_error < abs(next_far - there) && far_error <= near_error;
    return into_near - into_far;
}

/* Area of the pixel at `place` under the line from 1/2 at 0 to 0 at `half`. */
static float cut_off(float place, float half) {
    float start = place, end = place + 1 < half ? place + 1 : half;
    return (end - start) * (0.5f - (start + end) / (4 * half));
}

/* A blend is the share of the neighbour, in 1/256, above two bits that say which it is. */
enum { NEXT_ALONG_ROW, NEXT_ROW, LAST_ALONG_ROW, LAST_ROW };

/* What the slope from one end of a run cuts off; `step` leads into the run. Where the step of a row
 * and that of a column meet in one pixel, the larger share is the edge's. */
static void slope(Smoothing *to, int32_t start, int32_t step, int32_t across, int turn, float half) {
    int32_t pixel = turn > 0 ? start : start + across;
    int neighbour = (across == 1 ? NEXT_ALONG_ROW : NEXT_ROW) + (turn > 0 ? 0 : 2);
    for (int place = 0; place < half; ++place, pixel += step) {
        int share = (int)(cut_off((float)place, half) * 256 + 0.5f);
        int blend = share << 2 | neighbour, known = to->blends[pixel];
        if (!known && share) to->touched[to->count++] = pixel;
        if (share > known >> 2) to->blends[pixel] = (uint16_t)blend;
    }
}

/* A run of edge pixels: `length` from `place` on, on a line of `line` pixels. */
static void step_edge(Smoothing *to, const uint8_t *seen, int32_t near, int32_t along, int32_t across,
                      int place, int length, int line) {
    int32_t last = near + (length - 1) * along;
    int left = turn_of(seen, near, place > 0 ? -along : 0, across);
    int right = turn_of(seen, last, place + length < line ? along : 0, across);
    float half = length * 0.5f, reach = left * right < 0 ? REACH_SLANTED : REACH_BOX;
    if (half > reach) half = reach;
    if (left) slope(to, near, along, across, left, half);
    if (right) slope(to, last, -along, across, right, half);
}

/* 1 where the first of two pixels is darker by far, 2 where the second is, else 0. */
static void compare(uint8_t *to, const uint8_t *first, const uint8_t *second, int count) {
    for (int x = 0; x < count; ++x) {
        uint8_t up = second[x] > first[x] ? second[x] - first[x] : 0;
        uint8_t down = first[x] > second[x] ? first[x] - second[x] : 0;
        to[x] = (up >= LEAST_CONTRAST) | (uint8_t)((down >= LEAST_CONTRAST) << 1);
    }
}

/* The first of `x` on that is not 0, or `count`. Reads whole words: rows end with zeros. */
static int next_set(const uint8_t *row, int x, int count) {
    while (x < count) {
        uint64_t word;
        memcpy(&word, row + x, sizeof word);
        if (word) return x + (__builtin_ctzll(word) >> 3);
        x += 8;
    }
    return count;
}

static void walk_rows(Smoothing *to, const uint8_t *seen, int width, int height) {
    uint8_t *edges = to->row;
    memset(edges + width, 0, 8);
    for (int y = 0; y + 1 < height; ++y) {
        const uint8_t *row = seen + (size_t)y * width;
        compare(edges, row, row + width, width);
        for (int x = next_set(edges, 0, width); x < width; x = next_set(edges, x, width)) {
            int end = x + 1;
            while (end < width && edges[end] == edges[x]) ++end;
            step_edge(to, seen, y * width + x, 1, width, x, end - x, width);
            x = end;
        }
    }
}

/* Rows are read in their order here too: each column remembers where its run began. */
static void walk_columns(Smoothing *to, const uint8_t *seen, int width, int height) {
    uint8_t *edges = to->row, *before = to->before, *either = to->either;
    int count = width - 1;
    memset(before, 0, width + 8);
    memset(either, 0, width + 8);
    for (int y = 0; y <= height; ++y) {
        if (y < height)
            compare(edges, seen + (size_t)y * width, seen + (size_t)y * width + 1, count);
        else
            memset(edges, 0, width);
        for (int x = 0; x < count; ++x) either[x] = edges[x] ^ before[x];
        for (int x = next_set(either, 0, count); x < count; x = next_set(either, x + 1, count)) {
            int begun = to->begun[x];
            if (before[x])
                step_edge(to, seen, begun * width + x, width, 1, begun, y - begun, height);
            to->begun[x] = y;
        }
        memcpy(before, edges, count > 0 ? count : 0);
    }
}

static void find_edges(Smoothing *to, const uint8_t *seen, int width, int height) {
    to->count = 0;
    if (height > 1) walk_rows(to, seen, width, height);
    if (width > 1) walk_columns(to, seen, width, height);
}

/* Smooths 8-bit pixels of `channels` numbers each by the edges in `seen`, which may be they. */
void avatar_smooth(Smoothing *with, const uint8_t *seen, uint8_t *pixels, int width, int height,
                   int channels) {
    find_edges(with, seen, width, height);
    const int32_t offsets[4] = {1, width, -1, -width};
    for (int32_t k = 0; k < with->count; ++k) {
        int32_t pixel = with->touched[k], blend = with->blends[pixel], share = blend >> 2;
        with->blends[pixel] = 0;
        const uint8_t *here = pixels + (size_t)pixel * channels;
        const uint8_t *there = here + (ptrdiff_t)offsets[blend & 3] * channels;
        for (int channel = 0; channel < channels; ++channel)
            with->mixed[4 * k + channel] =
                (uint8_t)((here[channel] * (256 - share) + there[channel] * share + 128) >> 8);
    }
    for (int32_t k = 0; k < with->count; ++k)
        memcpy(pixels + (size_t)with->touched[k] * channels, with->mixed + 4 * k, channels);
}
