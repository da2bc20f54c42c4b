/* Triangles to pixels.
 *
 * Solid surfaces are not shaded as they are drawn: for every pixel the number of the triangle in
 * front is kept, and each pixel is shaded once at the end (Burns and Hunt, "The Visibility Buffer",
 * JCGT 2013). A pixel that is covered but hidden then costs a comparison of depths.
 */

#include "picture.h"
#include "resolve.h"
#include "surface.h"

/* An edge's function is positive to its inner side (Pineda, "A Parallel Algorithm for Polygon
 * Rasterization", SIGGRAPH 1988). Both triangles at an edge measure from the same end, so that
 * their values are exact opposites and each pixel belongs to one of them. */
typedef struct {
    float x, y, dx, dy;
    f8 least;
} Edge;

static inline Edge edge_between(const Vertex *a, const Vertex *b) {
    int from_a = a->y < b->y || (a->y == b->y && a->x < b->x);
    const Vertex *anchor = from_a ? a : b;
    Edge edge = {anchor->x, anchor->y, b->x - a->x, b->y - a->y, f8_of(0)};
    int is_left = edge.dy < 0, is_top = edge.dy == 0 && edge.dx > 0;
    if (is_left || is_top) edge.least = f8_of(-1e-30f);
    return edge;
}

static inline f8 inside(const Edge *edge, f8 x, float y) {
    return edge->dx * (y - edge->y) - edge->dy * (x - edge->x);
}

/* Unlike fminf and fmaxf of the C library these are single instructions. */
static inline float less_of(float a, float b) { return a < b ? a : b; }
static inline float more_of(float a, float b) { return a > b ? a : b; }
static inline float least_of(float a, float b, float c) { return less_of(a, less_of(b, c)); }
static inline float most_of(float a, float b, float c) { return more_of(a, more_of(b, c)); }

/* The pixels whose centres lie between two coordinates: [first, end) within [0, size). */
static inline void span(float least, float most, int size, int *first, int *end) {
    *first = (int)ceilf(less_of(more_of(least - 0.5f, 0), (float)size));
    *end = (int)floorf(less_of(more_of(most - 0.5f, -1), (float)(size - 1))) + 1;
}

static Color8 shade_triangle(Scene *scene, const Surface *surface, int32_t triangle, int x, int y) {
    const float *record = record_of(scene, triangle);
    const float *const records[LANES] = {record, record, record, record,
                                         record, record, record, record};
    return shade(scene, surface, records, x + 0.5f + LANE_INDEX, f8_of(y + 0.5f));
}

/* Where rows enter a triangle, or leave it, through an edge: x = at + y slope; a little to the safe
 * side. Of an edge that is none of the two the limit is far off. */
typedef struct {
    float at, slope;
} Limit;

static inline Limit limit_of(const Edge *edge, int is_limit, float far) {
    if (!is_limit) return (Limit){far, 0};
    float slope = edge->dx / edge->dy;
    return (Limit){edge->x - edge->y * slope - 0.5f - (far < 0 ? 0.02f : -0.02f), slope};
}

static i8 opaque_lanes(Scene *scene, const Surface *surface, int32_t triangle, int x, int y, i8 mask) {
    Color8 color = shade_triangle(scene, surface, triangle, x, y);
    return mask & (color.a >= f8_of(surface->shade_color[3]));
}

static void blend(Scene *scene, const Surface *surface, int32_t triangle, int x, int y, i8 mask) {
    Color8 color = shade_triangle(scene, surface, triangle, x, y);
    if (x + LANES > scene->width) mask &= first_lanes(scene->width - x);
    uint32_t *at = scene->pixels + (size_t)(y - scene->band_top) * scene->width + x;
    i8 before = i8_of(0);
    for (int lane = 0; lane < LANES; ++lane)
        if (mask[lane]) before[lane] = (int32_t)at[lane];
    Color8 under = unpacked(before);
    const float unit = 1 / 255.0f;
    f8 alpha = f8_saturate(color.a), rest = (1 - alpha) * unit;
    if (surface->features & FEATURE_GLASS) rest = f8_of(0); /* it holds what is behind */
    color.r = f8_saturate(color.r) * alpha + under.r * rest;
    color.g = f8_saturate(color.g) * alpha + under.g * rest;
    color.b = f8_saturate(color.b) * alpha + under.b * rest;
    color.a = alpha + under.a * rest;
    store_lanes(at, packed(color), mask);
}

/* Twice the area, positive where a, b and c run clockwise in the picture. */
static inline float area_of(const Vertex *a, const Vertex *b, const Vertex *c) {
    return (b->x - a->x) * (c->y - a->y) - (c->x - a->x) * (b->y - a->y);
}

/* Draws those rows of a triangle that are in the band. */
static inline __attribute__((always_inline)) void
fill(Scene *scene, const Surface *surface, const Shown *shown, int features) {
    const int32_t triangle = shown->triangle, *corner = scene->corners + 3 * triangle;
    const Vertex *a = scene->vertices + corner[0], *b = scene->vertices + corner[1];
    const Vertex *c = scene->vertices + corner[2];
    float area = area_of(a, b, c);
    if (area < 0) {
        const Vertex *swapped = b;
        b = c;
        c = swapped;
        area = -area;
    }
    int left, right, top = shown->top, bottom = shown->bottom;
    if (top < scene->band_top) top = scene->band_top;
    if (bottom > scene->band_top + scene->band_rows) bottom = scene->band_top + scene->band_rows;
    span(least_of(a->x, b->x, c->x), most_of(a->x, b->x, c->x), scene->width, &left, &right);
    Edge ab = edge_between(a, b), bc = edge_between(b, c), ca = edge_between(c, a);
    float zb = b->z - a->z, zc = c->z - a->z, inverse_area = 1 / area;
    float z_along = (zb * (c->y - a->y) - zc * (b->y - a->y)) * inverse_area;
    float z_down = (zc * (b->x - a->x) - zb * (c->x - a->x)) * inverse_area;
    f8 nearest = f8_of(more_of(least_of(a->z, b->z, c->z), 0));
    f8 farthest = f8_of(less_of(most_of(a->z, b->z, c->z), 1));
    const Edge *edges[3] = {&ab, &bc, &ca};
    Limit enter[3], leave[3];
    for (int k = 0; k < 3; ++k) {
        enter[k] = limit_of(edges[k], edges[k]->dy < 0, -1e9f);
        leave[k] = limit_of(edges[k], edges[k]->dy > 0, 1e9f);
    }
    for (int y = top; y < bottom; ++y) {
        float down = y + 0.5f;
        float begin = (float)left, end = (float)right;
        for (int k = 0; k < 3; ++k) {
            /* In this order what is not a number changes nothing. */
            begin = more_of(enter[k].at + down * enter[k].slope, begin);
            end = less_of(leave[k].at + down * leave[k].slope, end);
        }
        for (int x = (int)ceilf(less_of(begin, (float)right)); x < end; x += LANES) {
            f8 along = x + 0.5f + LANE_INDEX;
            i8 mask = (inside(&ab, along, down) > ab.least) & (inside(&bc, along, down) > bc.least) &
                      (inside(&ca, along, down) > ca.least);
            if (!any_lane(mask)) continue;
            size_t at = (size_t)(y - scene->band_top) * scene->stride + x;
            f8 before = f8_load(scene->depth + at);
            f8 z = a->z + z_along * (along - a->x) + z_down * (down - a->y);
            z = f8_min(f8_max(z, nearest), farthest);
            mask &= z <= before;
            if (features & (FEATURE_MASK | FEATURE_BLEND) && !any_lane(mask)) continue;
            if (features & FEATURE_MASK) mask = opaque_lanes(scene, surface, triangle, x, y, mask);
            if (features & FEATURE_BLEND) blend(scene, surface, triangle, x, y, mask);
            if (features & FEATURE_DEPTH_WRITE)
                f8_store(scene->depth + at, f8_pick(mask, z, before));
            if (!(features & FEATURE_BLEND)) {
                i8 seen = i8_load(scene->seen + at);
                i8_store(scene->seen + at, i8_pick(mask, i8_of(triangle), seen));
            }
        }
    }
}

/* Lists the triangles that are drawn, with their rows. */
static void list_triangles(Scene *scene, const Draw *draw) {
    for (int32_t triangle = draw->first; triangle < draw->first + draw->count; ++triangle) {
        const int32_t *corner = scene->corners + 3 * triangle;
        const Vertex *a = scene->vertices + corner[0], *b = scene->vertices + corner[1];
        const Vertex *c = scene->vertices + corner[2];
        float area = area_of(a, b, c);
        /* Pictures have y down: what faces the viewer runs the other way around. */
        if (!((area < 0 && draw->sides & SIDE_FRONT) || (area > 0 && draw->sides & SIDE_BACK))) continue;
        int left, right, top, bottom;
        span(least_of(a->y, b->y, c->y), most_of(a->y, b->y, c->y), scene->height, &top, &bottom);
        span(least_of(a->x, b->x, c->x), most_of(a->x, b->x, c->x), scene->width, &left, &right);
        if (left >= right || top >= bottom) continue;
        if (left < scene->left) scene->left = left;
        if (right > scene->right) scene->right = right;
        scene->owners[triangle] = draw->surface;
        scene->records_at[triangle] = -1;
        scene->shown[scene->shown_count++] = (Shown){triangle, (int16_t)top, (int16_t)bottom};
    }
}

static void fill_any(Scene *scene, const Shown *shown) {
    const Surface *surface = scene->surfaces + scene->owners[shown->triangle];
    const int features = surface->features;
    if (!(features & (FEATURE_BLEND | FEATURE_MASK)))
        fill(scene, surface, shown, FEATURE_DEPTH_WRITE);
    else if (features & FEATURE_MASK)
        fill(scene, surface, shown, FEATURE_MASK | FEATURE_DEPTH_WRITE);
    else if (features & FEATURE_DEPTH_WRITE)
        fill(scene, surface, shown, FEATURE_BLEND | FEATURE_DEPTH_WRITE);
    else
        fill(scene, surface, shown, FEATURE_BLEND);
}

/* Draws the triangles [first, end) of the list as far as they are in the band. */
static void fill_band(Scene *scene, int32_t first, int32_t end) {
    const int band_bottom = scene->band_top + scene->band_rows;
    for (const Shown *shown = scene->shown + first; shown < scene->shown + end; ++shown)
        if (shown->top < band_bottom && shown->bottom > scene->band_top) fill_any(scene, shown);
}

static void clear_band(Scene *scene, int rows) {
    size_t size = (size_t)scene->stride * rows;
    for (size_t at = 0; at < size; ++at) {
        scene->depth[at] = 1;
        scene->seen[at] = NO_TRIANGLE;
    }
    size_t first = (size_t)scene->band_top * scene->width;
    memcpy(scene->pixels, scene->backdrop + first, (size_t)rows * scene->width * 4);
}

/* Hands a band on that is done. */
static void deliver_band(Scene *scene, int rows) {
    make_planes(scene->pixels, scene->y, scene->u, scene->v, scene->width, scene->band_top, rows);
    size_t first = (size_t)scene->band_top * scene->width;
    if (scene->picture)
        memcpy(scene->picture + first, scene->pixels, (size_t)rows * scene->width * 4);
}

/* Draws the scene over the backdrop, into planes and into a picture.
 *
 * Band by band: what a band of the picture takes stays in the processor's cache. */
void avatar_draw(Scene *scene) {
    scene->left = scene->width;
    scene->right = 0;
    scene->record_count = scene->shown_count = 0;
    transform_vertices(scene);
    inflate_hulls(scene);
    find_outlines(scene);
    color_flat_surfaces(scene);
    int32_t index = 0;
    for (; index < scene->draw_count; ++index) {
        const Draw *draw = scene->draws + index;
        if (scene->surfaces[draw->surface].features & FEATURE_BLEND) break;
        list_triangles(scene, draw);
    }
    scene->solid_count = scene->shown_count;
    for (; index < scene->draw_count; ++index) list_triangles(scene, scene->draws + index);
    for (scene->band_top = 0; scene->band_top < scene->height; scene->band_top += scene->band_rows) {
        int bottom = scene->band_top + scene->band_rows;
        if (bottom > scene->height) bottom = scene->height;
        clear_band(scene, bottom - scene->band_top);
        fill_band(scene, 0, scene->solid_count);
        resolve_band(scene, bottom);
        fill_band(scene, scene->solid_count, scene->shown_count);
        deliver_band(scene, bottom - scene->band_top);
    }
}
