/* Vertices into the picture, with all that varies slowly over a surface. */

#include <math.h>

#include "scene.h"

/* Vertices nearer than this have no place in the picture; their triangles are left out. */
#define LEAST_DISTANCE 1e-5f
/* Edges that share vertices are told apart exactly when vertices lie on a grid (raster.c). */
#define SUBPIXELS 16.0f

static void place(const Scene *scene, Vertex *vertex) {
    const float *at = vertex->position;
    float distance = -at[2];
    if (!(distance > LEAST_DISTANCE)) {
        vertex->x = vertex->y = vertex->z = NAN;
        vertex->inverse_w = 0;
        return;
    }
    float inverse = 1 / distance;
    float x = (at[0] * scene->scale_x * inverse * 0.5f + 0.5f) * scene->width;
    float y = (0.5f - at[1] * scene->scale_y * inverse * 0.5f) * scene->height;
    vertex->x = rintf(x * SUBPIXELS) * (1 / SUBPIXELS);
    vertex->y = rintf(y * SUBPIXELS) * (1 / SUBPIXELS);
    vertex->z =
        (scene->depth_scale * at[2] + scene->depth_offset) * inverse * 0.5f + 0.5f;
    vertex->inverse_w = inverse;
}

static inline float dot(const float *a, const float *b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void light(const Scene *scene, Vertex *vertex) {
    const float *at = vertex->position, *normal = vertex->normal;
    vertex->light = dot(normal, scene->key);
    float inverse = 1 / sqrtf(fmaxf(dot(at, at), 1e-20f));
    vertex->facing = -dot(normal, at) * inverse;
    /* VRMC_materials_mtoon 1.0, "MatCap": the normal in a frame around the line of sight. */
    float to_eye[3] = {-at[0] * inverse, -at[1] * inverse, -at[2] * inverse};
    float length = 1 / sqrtf(fmaxf(to_eye[0] * to_eye[0] + to_eye[2] * to_eye[2], 1e-20f));
    float across[3] = {to_eye[2] * length, 0, -to_eye[0] * length};
    float along[3] = {to_eye[1] * across[2], to_eye[2] * across[0] - to_eye[0] * across[2],
                      -to_eye[1] * across[0]};
    vertex->matcap[0] = dot(across, normal) * 0.495f + 0.5f;
    vertex->matcap[1] = -dot(along, normal) * 0.495f + 0.5f;
}

void transform_vertices(Scene *scene) {
    const float *m = scene->view;
    for (int32_t row = 0; row < scene->vertex_count; ++row) {
        const float *p = scene->positions + 3 * row, *n = scene->normals + 3 * row;
        Vertex *vertex = scene->vertices + row;
        for (int axis = 0; axis < 3; ++axis) {
            const float *k = m + 4 * axis;
            vertex->position[axis] = k[0] * p[0] + k[1] * p[1] + k[2] * p[2] + k[3];
            vertex->normal[axis] = k[0] * n[0] + k[1] * n[1] + k[2] * n[2];
        }
        vertex->row = row;
        light(scene, vertex);
        place(scene, vertex);
    }
}

/* A line nearly a pixel wide is drawn this wide rather than as dashes. */
#define LINE_PIXELS 1.25f
/* The line lies this many widths behind the surface: shallow folds get no crumbs of it. */
#define LINE_DEPTH 1.4f
/* How far, in widths, it reaches under the surface: no gap opens between them. */
#define LINE_OVERLAP 0.5f

static float line_width(const Scene *scene, const Surface *surface, const Vertex *vertex) {
    float width = surface->outline[0];
    const Map *map = &surface->outline_width;
    if (map->texels) {
        const float *u = surface->uv_u[map->slot], *v = surface->uv_v[map->slot];
        const float *at = u[3] > 0.5f && scene->uvs1 ? scene->uvs1 : scene->uvs;
        at += 2 * vertex->row;
        float s = u[0] * at[0] + u[1] * at[1] + u[2], t = v[0] * at[0] + v[1] * at[1] + v[2];
        int32_t x = (int32_t)((s - floorf(s)) * map->width), y = (int32_t)((t - floorf(t)) * map->height);
        x = x < 0 ? 0 : x < map->width ? x : map->width - 1;
        y = y < 0 ? 0 : y < map->height ? y : map->height - 1;
        uint32_t texel = map->texels[(y + 1) * (map->width + 2) + x + 1];
        width *= ((texel >> 8) & 255) * (1 / 255.0f);
    }
    float distance = -vertex->position[2];
    if (surface->features & FEATURE_OUTLINE_SCREEN) width *= distance / fabsf(scene->scale_y);
    float thinnest = LINE_PIXELS * scene->pixel * distance;
    return fmaxf(width, fminf(width * 3, thinnest));
}

/* VRMC_materials_mtoon 1.0, "Outline": a vertex of the hull inflated along the normals. */
static void inflate(const Scene *scene, Vertex *to, const Vertex *from, float width, float reach) {
    *to = *from;
    const float *normal = from->normal;
    /* Where the normal turns away from the picture's plane, the line would thin out. */
    float sideways = sqrtf(normal[0] * normal[0] + normal[1] * normal[1]);
    float by = reach * width / fminf(fmaxf(sideways, 0.35f), 1);
    float back = 1 + LINE_DEPTH * width / fmaxf(-from->position[2] - by * normal[2], LEAST_DISTANCE);
    for (int axis = 0; axis < 3; ++axis)
        to->position[axis] = (from->position[axis] + by * normal[axis]) * back;
    place(scene, to);
    to->z += 0.5e-6f;
}

void inflate_hulls(Scene *scene) {
    const Hull *hull = &scene->hull;
    for (int32_t group = 0, at = 0; group < hull->group_count; ++group) {
        const Surface *surface = scene->surfaces + scene->draws[hull->draws[group]].surface;
        for (; at < hull->ends[group]; ++at) {
            const Vertex *from = scene->vertices + hull->rows[at];
            Vertex *to = scene->vertices + scene->vertex_count + at;
            inflate(scene, to, from, line_width(scene, surface, from), 1);
        }
    }
}

static uint8_t faces_viewer(const Vertex *a, const Vertex *b, const Vertex *c) {
    const float *p = a->position;
    float ab[3], ac[3];
    for (int axis = 0; axis < 3; ++axis) {
        ab[axis] = b->position[axis] - p[axis];
        ac[axis] = c->position[axis] - p[axis];
    }
    float volume = p[0] * (ab[1] * ac[2] - ab[2] * ac[1]) + p[1] * (ab[2] * ac[0] - ab[0] * ac[2]) +
                   p[2] * (ab[0] * ac[1] - ab[1] * ac[0]);
    return volume < 0;
}

/* Fins along the edges between a triangle that faces the viewer and one that does not. */
void find_outlines(Scene *scene) {
    const Silhouette *rim = &scene->silhouette;
    const Vertex *vertices = scene->vertices;
    for (int32_t row = 0; row < rim->triangle_count; ++row) {
        const int32_t *corner = rim->triangles + 3 * row;
        scene->facing[row] =
            faces_viewer(vertices + corner[0], vertices + corner[1], vertices + corner[2]);
    }
    int32_t fins = 0;
    for (int32_t group = 0, edge = 0; group < rim->group_count; ++group) {
        Draw *draw = scene->draws + rim->draws[group];
        const Surface *surface = scene->surfaces + draw->surface;
        draw->first = scene->triangle_count + 2 * fins;
        for (; edge < rim->ends[group] && fins < rim->capacity; ++edge) {
            int near_faces = scene->facing[rim->sides[2 * edge]];
            if (near_faces == scene->facing[rim->sides[2 * edge + 1]]) continue;
            /* Where a hard edge has its own normal on each side, the hull grows from the one
             * that faces away. */
            const int32_t *ends = rim->corners + 4 * edge + (near_faces ? 2 : 0);
            int32_t base = scene->vertex_count + scene->hull.count + 4 * fins;
            for (int end = 0; end < 2; ++end) {
                const Vertex *from = vertices + ends[end];
                float width = line_width(scene, surface, from);
                inflate(scene, scene->vertices + base + end, from, width, -LINE_OVERLAP);
                inflate(scene, scene->vertices + base + 2 + end, from, width, 1);
            }
            int32_t *corner = scene->corners + 3 * (scene->triangle_count + 2 * fins);
            int32_t both[6] = {base, base + 1, base + 2, base + 2, base + 1, base + 3};
            for (int k = 0; k < 6; ++k) corner[k] = both[k];
            ++fins;
        }
        draw->count = scene->triangle_count + 2 * fins - draw->first;
    }
}
