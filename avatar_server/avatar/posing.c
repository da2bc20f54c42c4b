/* Morph targets and linear blend skinning (glTF 2.0, 3.7.2.2 and 3.7.3.3): morphs.py and skinning.py
 * say what is computed, posing.py has the structures. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#define NUMBERS 6 /* of a vertex: position, normal */
#define LEAST_WEIGHT 1e-3f

/* Sparse deltas of all targets, one after the other. */
typedef struct {
    const float *rest;      /* (V, 6) */
    const int32_t *starts;  /* (M + 1) */
    const int32_t *rows;    /* (K) of the vertex table */
    const float *deltas;    /* (K, 6) */
    int32_t vertex_count, target_count;
} Morphs;

void avatar_blend(const Morphs *morphs, const float *weights, float *out) {
    memcpy(out, morphs->rest, (size_t)morphs->vertex_count * NUMBERS * sizeof *out);
    for (int32_t target = 0; target < morphs->target_count; ++target) {
        const float weight = weights[target];
        if (!(fabsf(weight) > LEAST_WEIGHT)) continue;
        for (int32_t k = morphs->starts[target]; k < morphs->starts[target + 1]; ++k) {
            float *to = out + (size_t)morphs->rows[k] * NUMBERS;
            const float *delta = morphs->deltas + (size_t)k * NUMBERS;
            for (int n = 0; n < NUMBERS; ++n) to[n] += weight * delta[n];
        }
    }
}

/* Many vertices share one row of weights (all that hang rigidly on one joint do): the blended
 * transforms are computed once a distinct row. */
typedef struct {
    const int32_t *joints;  /* (U, 4) rows of the palette */
    const float *weights;   /* (U, 4) */
    const int32_t *row_of;  /* (V) */
    float *blended;         /* (U, 12) */
    int32_t row_count, vertex_count;
} Skin;

static void blend_rows(const Skin *skin, const float *palette) {
    for (int32_t row = 0; row < skin->row_count; ++row) {
        float *to = skin->blended + 12 * row;
        memset(to, 0, 12 * sizeof *to);
        for (int k = 0; k < 4; ++k) {
            const float weight = skin->weights[4 * row + k];
            const float *from = palette + 16 * skin->joints[4 * row + k];
            if (weight != 0)
                for (int n = 0; n < 12; ++n) to[n] += weight * from[n];
        }
    }
}

/* Normals turn with the blended matrix, which is right for rotations and uniform scales, the only
 * ones that VRM allows a joint. `palette` is (P, 4, 4). */
void avatar_skin(const Skin *skin, const float *palette, const float *morphed, float *positions,
                 float *normals) {
    blend_rows(skin, palette);
    for (int32_t vertex = 0; vertex < skin->vertex_count; ++vertex) {
        const float *m = skin->blended + 12 * skin->row_of[vertex];
        const float *p = morphed + (size_t)vertex * NUMBERS, *n = p + 3;
        float *position = positions + 3 * vertex, *normal = normals + 3 * vertex, turned[3];
        for (int axis = 0; axis < 3; ++axis, m += 4) {
            position[axis] = m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3];
            turned[axis] = m[0] * n[0] + m[1] * n[1] + m[2] * n[2];
        }
        float length = turned[0] * turned[0] + turned[1] * turned[1] + turned[2] * turned[2];
        float inverse = 1 / fmaxf(sqrtf(length), 1e-12f);
        for (int axis = 0; axis < 3; ++axis) normal[axis] = turned[axis] * inverse;
    }
}
