/* Transforms (4, 4), row by row. */

#ifndef AVATAR_MATRIX_H
#define AVATAR_MATRIX_H

/* a . b, which `to` is neither of. */
static inline void product(float *to, const float *a, const float *b) {
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 4; ++column)
            to[4 * row + column] = a[4 * row] * b[column] + a[4 * row + 1] * b[4 + column] +
                                   a[4 * row + 2] * b[8 + column] + a[4 * row + 3] * b[12 + column];
}

#endif
