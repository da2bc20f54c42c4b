/* RGB to YUV 4:2:0 as video codecs carry it: ITU-R BT.601-7, 2.5.1 to 2.5.4, limited range. */

#include <stddef.h>

#include "picture.h"

/* Rows Y, U and V of RGB in [0, 255], times 2^16. */
enum { Y_R = 16829, Y_G = 33039, Y_B = 6416, HALF = 1 << 15 };
enum { U_R = -9714, U_G = -19071, U_B = 28785 };
enum { V_R = 28785, V_G = -24103, V_B = -4682 };

static void luma(const uint32_t *pixels, uint8_t *y, int count) {
    for (int k = 0; k < count; ++k) {
        int32_t r = pixels[k] & 255, g = pixels[k] >> 8 & 255, b = pixels[k] >> 16 & 255;
        y[k] = (uint8_t)((Y_R * r + Y_G * g + Y_B * b + (16 << 16) + HALF) >> 16);
    }
}

/* One row of chroma from two of pixels: the mean of two by two. */
static void chroma(const uint32_t *upper, const uint32_t *lower, uint8_t *u, uint8_t *v, int width) {
    for (int k = 0; k < (width + 1) / 2; ++k) {
        int right = 2 * k + 1 < width ? 2 * k + 1 : 2 * k;
        uint32_t a = upper[2 * k], b = upper[right], c = lower[2 * k], d = lower[right];
        const uint32_t even = 0x00ff00ff;
        uint32_t red_blue = (a & even) + (b & even) + (c & even) + (d & even);
        int32_t red = red_blue & 0xffff, blue = red_blue >> 16;
        int32_t green = (a >> 8 & 255) + (b >> 8 & 255) + (c >> 8 & 255) + (d >> 8 & 255);
        u[k] = (uint8_t)((U_R * red + U_G * green + U_B * blue + (128 << 18) + 4 * HALF) >> 18);
        v[k] = (uint8_t)((V_R * red + V_G * green + V_B * blue + (128 << 18) + 4 * HALF) >> 18);
    }
}

void make_planes(const uint32_t *pixels, uint8_t *y, uint8_t *u, uint8_t *v, int width, int top,
                 int rows) {
    const size_t across = (width + 1) / 2;
    y += (size_t)top * width;
    u += top / 2 * across;
    v += top / 2 * across;
    luma(pixels, y, rows * width);
    for (int row = 0; row < rows; row += 2) {
        const uint32_t *upper = pixels + (size_t)row * width;
        const uint32_t *lower = row + 1 < rows ? upper + width : upper;
        chroma(upper, lower, u + row / 2 * across, v + row / 2 * across, width);
    }
}
