/* Triangles made ready for shading. */

#include "surface.h"

/* Texture coordinates of a vertex under the transform of one slot. */
static void coordinates(float *to, const Scene *scene, const Surface *surface, int slot, int32_t row) {
    const float *u = surface->uv_u[slot], *v = surface->uv_v[slot];
    const float *at = (u[3] > 0.5f && scene->uvs1 ? scene->uvs1 : scene->uvs) + 2 * row;
    to[0] = u[0] * at[0] + u[1] * at[1] + u[2];
    to[1] = v[0] * at[0] + v[1] * at[1] + v[2];
}

/* What varies over the surface, in the order in which `shade` reads it. */
static void vary(float *to, const Scene *scene, const Surface *surface, const Vertex *vertex) {
    const int features = surface->features;
    if (features & FEATURE_UV_ANIMATION) {
        *to++ = scene->uvs[2 * vertex->row];
        *to++ = scene->uvs[2 * vertex->row + 1];
    } else {
        for (int slot = 0; slot < surface->slots; ++slot, to += 2)
            coordinates(to, scene, surface, slot, vertex->row);
    }
    if (features & FEATURE_LIT) *to++ = vertex->light;
    if (features & FEATURE_RIM) *to++ = vertex->facing;
    if (features & FEATURE_MATCAP) {
        *to++ = vertex->matcap[0];
        *to++ = vertex->matcap[1];
    }
    if (features & FEATURE_VERTEX_COLORS)
        for (int channel = 0; channel < 4; ++channel) *to++ = scene->colors[4 * vertex->row + channel];
    if (features & FEATURE_PBR || (features & FEATURE_LIT && surface->normal.texels))
        for (int axis = 0; axis < 3; ++axis) *to++ = vertex->normal[axis];
    if (features & FEATURE_PBR)
        for (int axis = 0; axis < 3; ++axis) *to++ = vertex->position[axis];
}

static void cross(float *to, const float *a, const float *b) {
    to[0] = a[1] * b[2] - a[2] * b[1];
    to[1] = a[2] * b[0] - a[0] * b[2];
    to[2] = a[0] * b[1] - a[1] * b[0];
}

/* Where texture coordinates grow (Schueler, "Followup: Normal Mapping Without Precomputed
 * Tangents", 2013), from the triangle's edges. Texture rows run down (glTF 2.0, 3.8.3) while green
 * points up. */
static void tangents(float *to, const Scene *scene, const Surface *surface, const Vertex *const *corner) {
    float first[3], second[3], normal[3], du[2], dv[2], uv[3][2];
    for (int k = 0; k < 3; ++k)
        coordinates(uv[k], scene, surface, surface->normal.slot, corner[k]->row);
    for (int axis = 0; axis < 3; ++axis) {
        first[axis] = corner[1]->position[axis] - corner[0]->position[axis];
        second[axis] = corner[2]->position[axis] - corner[0]->position[axis];
    }
    for (int k = 0; k < 2; ++k) {
        du[k] = uv[k + 1][0] - uv[0][0];
        dv[k] = uv[k + 1][1] - uv[0][1];
    }
    float around[3], beside[3], largest = 1e-20f, size[2] = {0, 0};
    cross(normal, first, second);
    cross(around, second, normal);
    cross(beside, normal, first);
    float *t = to, *b = to + 3;
    for (int axis = 0; axis < 3; ++axis) {
        t[axis] = around[axis] * du[0] + beside[axis] * du[1];
        b[axis] = -(around[axis] * dv[0] + beside[axis] * dv[1]);
        size[0] += t[axis] * t[axis];
        size[1] += b[axis] * b[axis];
    }
    largest = fmaxf(largest, fmaxf(size[0], size[1]));
    for (int k = 0; k < 2; ++k)
        size[k] = surface->features & FEATURE_EVEN_TANGENTS ? fmaxf(size[k], 1e-20f) : largest;
    for (int axis = 0; axis < 3; ++axis) {
        t[axis] /= sqrtf(size[0]);
        b[axis] /= sqrtf(size[1]);
    }
}

const float *make_record(Scene *scene, int32_t triangle) {
    int32_t *at = scene->records_at + triangle;
    *at = scene->record_count++;
    float *record = scene->records + (size_t)*at * scene->record_floats;
    const Surface *surface = scene->surfaces + scene->owners[triangle];
    const int32_t *rows = scene->corners + 3 * triangle;
    const Vertex *corner[3];
    float values[3][MAX_VARYINGS];
    for (int k = 0; k < 3; ++k) {
        corner[k] = scene->vertices + rows[k];
        vary(values[k], scene, surface, corner[k]);
    }
    float x1 = corner[1]->x - corner[0]->x, y1 = corner[1]->y - corner[0]->y;
    float x2 = corner[2]->x - corner[0]->x, y2 = corner[2]->y - corner[0]->y;
    float area = x1 * y2 - x2 * y1, inverse_area = 1 / area;
    record[RECORD_X] = corner[0]->x;
    record[RECORD_Y] = corner[0]->y;
    /* Pictures have y down: what faces the viewer runs the other way around. */
    record[RECORD_LIGHT_SIGN] = area < 0 || surface->features & FEATURE_OUTLINE ? 1.0f : -1.0f;
    if (surface->normal.texels)
        tangents(record + RECORD_PLANES + 3 * (1 + surface->varyings), scene, surface, corner);
    for (int index = -1; index < surface->varyings; ++index) {
        float at_corner[3];
        for (int k = 0; k < 3; ++k) {
            float value = index < 0 ? 1 : values[k][index];
            at_corner[k] = value * corner[k]->inverse_w;
        }
        float step1 = at_corner[1] - at_corner[0], step2 = at_corner[2] - at_corner[0];
        float *plane = record + RECORD_PLANES + 3 * (1 + index);
        plane[0] = at_corner[0];
        plane[1] = (step1 * y2 - step2 * y1) * inverse_area;
        plane[2] = (step2 * x1 - step1 * x2) * inverse_area;
    }
    return record;
}
