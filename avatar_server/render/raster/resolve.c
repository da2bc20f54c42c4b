/* From the triangle in front of each pixel to the pixel. */

#include "resolve.h"

#include "surface.h"

/* Eight pixels of a solid surface. */
static i8 solid_pixels(const Scene *scene, const Surface *surface, const float *const records[LANES],
                       f8 x, f8 y) {
    Color8 color = shade(scene, surface, records, x, y);
    color.a = f8_of(1);
    return packed(color);
}

/* Shades the pixels that wait for one surface. */
static void shade_queue(Scene *scene, const Surface *surface, Queue *queue) {
    for (int lane = queue->count; lane < LANES; ++lane) queue->records[lane] = queue->records[0];
    i8 pixels = solid_pixels(scene, surface, queue->records, f8_load(queue->x), f8_load(queue->y));
    for (int lane = 0; lane < queue->count; ++lane)
        scene->pixels[queue->at[lane]] = (uint32_t)pixels[lane];
    queue->count = 0;
}

void color_flat_surfaces(Scene *scene) {
    for (int32_t index = 0; index < scene->draw_count; ++index) {
        const int32_t owner = scene->draws[index].surface;
        const Surface *surface = scene->surfaces + owner;
        if (!surface->is_flat) continue;
        const float *base = surface->base_color;
        Color8 color = {f8_of(base[0]), f8_of(base[1]), f8_of(base[2]), f8_of(1)};
        if (surface->features & FEATURE_OUTLINE) color = outlined(surface, color);
        scene->queues[owner].color = (uint32_t)packed(color)[0];
    }
}

static void resolve_pixel(Scene *scene, int32_t triangle, int x, int y) {
    const int32_t owner = scene->owners[triangle], at = (y - scene->band_top) * scene->width + x;
    const Surface *surface = scene->surfaces + owner;
    Queue *queue = scene->queues + owner;
    if (surface->is_flat) {
        scene->pixels[at] = queue->color;
        return;
    }
    queue->records[queue->count] = record_of(scene, triangle);
    queue->x[queue->count] = x + 0.5f;
    queue->y[queue->count] = y + 0.5f;
    queue->at[queue->count] = at;
    if (++queue->count == LANES) shade_queue(scene, surface, queue);
}

/* Eight neighbours of one surface, which need not wait. Returns whether they are such. */
static int resolve_group(Scene *scene, i8 triangles, int x, int y) {
    const i8 owners = i8_gather((const uint32_t *)scene->owners, triangles);
    const int32_t owner = owners[0];
    if (any_lane(owners != i8_of(owner))) return 0;
    uint32_t *at = scene->pixels + (size_t)(y - scene->band_top) * scene->width + x;
    const Surface *surface = scene->surfaces + owner;
    i8 pixels = i8_of((int32_t)scene->queues[owner].color);
    if (!surface->is_flat) {
        const float *records[LANES];
        for (int lane = 0; lane < LANES; ++lane) records[lane] = record_of(scene, triangles[lane]);
        pixels = solid_pixels(scene, surface, records, x + 0.5f + LANE_INDEX, f8_of(y + 0.5f));
    }
    memcpy(at, &pixels, sizeof pixels);
    return 1;
}

void resolve_band(Scene *scene, int bottom) {
    for (int y = scene->band_top; y < bottom; ++y) {
        const int32_t *seen = scene->seen + (size_t)(y - scene->band_top) * scene->stride;
        for (int x = scene->left; x < scene->right; x += LANES) {
            i8 mask = i8_load(seen + x) != NO_TRIANGLE;
            if (x + LANES > scene->width) mask &= first_lanes(scene->width - x);
            int wanted = any_lane(mask);
            if (wanted == ALL_LANES && resolve_group(scene, i8_load(seen + x), x, y)) continue;
            for (; wanted; wanted &= wanted - 1) {
                int lane = __builtin_ctz(wanted);
                resolve_pixel(scene, seen[x + lane], x + lane, y);
            }
        }
    }
    for (int32_t index = 0; index < scene->draw_count; ++index) {
        int32_t surface = scene->draws[index].surface;
        Queue *queue = scene->queues + surface;
        if (queue->count) shade_queue(scene, scene->surfaces + surface, queue);
    }
}
