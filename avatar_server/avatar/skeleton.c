/* Transforms of all nodes: skeleton.py says what is computed and after what; posing.py has the
 * structure. */

#include <stdint.h>
#include <string.h>

#include "matrix.h"

typedef struct {
    const int32_t *order, *parents; /* (N) parents come before children in `order`; -1 is the scene */
    const float *before, *after;    /* (N, 4) what a turn is multiplied by on either side */
    const float *translations, *scales; /* (N, 3) */
    int32_t count;
} Joints;

static void multiply(float *to, const float *a, const float *b) {
    float x = a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1];
    float y = a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0];
    float z = a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3];
    float w = a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2];
    to[0] = x, to[1] = y, to[2] = z, to[3] = w;
}

/* The upper left (3, 3) of a (4, 4) matrix from a unit quaternion. */
static void rotation(float *m, const float *q) {
    float x2 = q[0] + q[0], y2 = q[1] + q[1], z2 = q[2] + q[2];
    float xx = q[0] * x2, yy = q[1] * y2, zz = q[2] * z2;
    float xy = q[0] * y2, xz = q[0] * z2, yz = q[1] * z2;
    float wx = q[3] * x2, wy = q[3] * y2, wz = q[3] * z2;
    m[0] = 1 - (yy + zz), m[1] = xy - wz, m[2] = xz + wy;
    m[4] = xy + wz, m[5] = 1 - (xx + zz), m[6] = yz - wx;
    m[8] = xz - wy, m[9] = yz + wx, m[10] = 1 - (xx + yy);
}

/* Local transforms (N, 4, 4) of turns (N, 4); roots are moved by `shift`. */
void avatar_locals(const Joints *joints, const float *turns, const float *shift, float *locals) {
    for (int32_t node = 0; node < joints->count; ++node) {
        float turn[4], *m = locals + 16 * node;
        multiply(turn, joints->before + 4 * node, turns + 4 * node);
        multiply(turn, turn, joints->after + 4 * node);
        rotation(m, turn);
        for (int row = 0; row < 3; ++row) {
            for (int column = 0; column < 3; ++column)
                m[4 * row + column] *= joints->scales[3 * node + column];
            m[4 * row + 3] = joints->translations[3 * node + row];
            if (joints->parents[node] < 0) m[4 * row + 3] += shift[row];
            m[12 + row] = 0;
        }
        m[15] = 1;
    }
}

/* Global transforms of local ones, both (N, 4, 4). */
void avatar_globals(const Joints *joints, const float *locals, float *globals) {
    for (int32_t k = 0; k < joints->count; ++k) {
        const int32_t node = joints->order[k], parent = joints->parents[node];
        const float *local = locals + 16 * node;
        float *global = globals + 16 * node;
        if (parent < 0)
            memcpy(global, local, 16 * sizeof *global);
        else
            product(global, globals + 16 * parent, local);
    }
}
