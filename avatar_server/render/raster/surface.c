/* MToon 1.0 (VRMC_materials_mtoon), plain glTF materials and unlit ones, as opengl/shaders/surface.frag has
 * them. */

#include "glass.h"
#include "layers.h"
#include "surface.h"

typedef struct {
    f8 along, down, inverse;
    const f8 *next;
} Varyings;

static inline f8 plane(const f8 *at, f8 along, f8 down) {
    return at[0] + at[2] * down + at[1] * along;
}

static inline f8 next_varying(Varyings *from) {
    f8 value = plane(from->next, from->along, from->down) * from->inverse;
    from->next += 3;
    return value;
}

static inline void gather(f8 *to, const float *const records[LANES], int count) {
    const float *rows[LANES];
    for (int first = 0; first < count; first += LANES) {
        for (int lane = 0; lane < LANES; ++lane) rows[lane] = records[lane] + first;
        transpose(to + first, rows);
    }
}

static inline Vector8 next_vector(Varyings *from) {
    Vector8 vector;
    vector.x = next_varying(from);
    vector.y = next_varying(from);
    vector.z = next_varying(from);
    return vector;
}

/* The unit normal as a normal map bends it. */
static inline Vector8 mapped(const Surface *surface, const f8 *tangents, Vector8 normal, f8 u, f8 v) {
    Color8 texel = sample(&surface->normal, u, v);
    f8 x = (texel.r * 2 - 1) * surface->ramp[3], y = (texel.g * 2 - 1) * surface->ramp[3];
    f8 z = texel.b * 2 - 1;
    const f8 *t = tangents, *b = tangents + 3;
    return unit_vector((Vector8){t[0] * x + b[0] * y + normal.x * z,
                                 t[1] * x + b[1] * y + normal.y * z,
                                 t[2] * x + b[2] * y + normal.z * z});
}

/* VRMC_materials_mtoon 1.0, "UV Animation": what moves is what the textures' transforms then take. */
static inline void move_coordinates(const Scene *scene, const Surface *surface, f8 *u, f8 *v) {
    f8 still_u = u[0], still_v = v[0], seconds = f8_of(scene->seconds);
    if (surface->uv_mask.texels) {
        const Map *map = &surface->uv_mask;
        const float *across = surface->uv_u[map->slot], *down = surface->uv_v[map->slot];
        seconds *= sample(map, across[0] * still_u + across[1] * still_v + across[2],
                          down[0] * still_u + down[1] * still_v + down[2]).b;
    }
    const float *motion = surface->outline;
    f8 angle = seconds * motion[3], c, s;
    for (int lane = 0; lane < LANES; ++lane) {
        c[lane] = cosf(angle[lane]);
        s[lane] = sinf(angle[lane]);
    }
    f8 x = still_u - 0.5f, y = still_v - 0.5f;
    f8 moved_u = c * x + s * y + 0.5f + seconds * motion[1];
    f8 moved_v = c * y - s * x + 0.5f + seconds * motion[2];
    for (int slot = 0; slot < surface->slots; ++slot) {
        const float *across = surface->uv_u[slot], *down = surface->uv_v[slot];
        u[slot] = across[0] * moved_u + across[1] * moved_v + across[2];
        v[slot] = down[0] * moved_u + down[1] * moved_v + down[2];
    }
}

static inline Color8 glow_of(const Surface *surface, const f8 *u, const f8 *v) {
    const float *by = surface->emissive_color;
    Color8 glow = {f8_of(by[0]), f8_of(by[1]), f8_of(by[2]), f8_of(0)};
    const Map *map = &surface->emissive;
    if (map->texels) {
        Color8 on = sample(map, u[map->slot], v[map->slot]);
        glow = (Color8){glow.r * on.r, glow.g * on.g, glow.b * on.b, glow.a};
    }
    return glow;
}

/* How far the normal, whose planes begin at `planes`, turns from pixel to pixel. */
static inline f8 bend_of(const f8 *planes, f8 inverse) {
    f8 most = f8_of(0);
    for (int axis = 0; axis < 3; ++axis)
        most = f8_max(most, f8_max(f8_abs(planes[3 * axis + 1]), f8_abs(planes[3 * axis + 2])));
    return most * f8_abs(inverse);
}

static Color8 lit_plainly(const Scene *scene, const Surface *surface, const f8 *tangents, f8 sign,
                          Varyings *vary, Color8 base, const f8 *u, const f8 *v, f8 x, f8 y) {
    f8 bend = bend_of(vary->next, vary->inverse);
    Vector8 normal = unit_vector(next_vector(vary)), position = next_vector(vary);
    Vector8 smooth = {normal.x * sign, normal.y * sign, normal.z * sign};
    if (surface->normal.texels)
        normal = mapped(surface, tangents, normal, u[surface->normal.slot], v[surface->normal.slot]);
    normal = (Vector8){normal.x * sign, normal.y * sign, normal.z * sign};
    f8 metallic = f8_of(surface->ramp[0]), roughness = f8_of(surface->ramp[1]);
    const Map *map = &surface->metallic_roughness;
    if (map->texels) {
        Color8 texel = sample(map, u[map->slot], v[map->slot]);
        metallic *= texel.b;
        roughness *= texel.g;
    }
    Color8 linear = {to_linear(base.r), to_linear(base.g), to_linear(base.b), base.a};
    const int is_glass = surface->features & FEATURE_GLASS;
    f8 share = f8_of(is_glass ? surface->outline_color[3] : 0);
    if (surface->transmission.texels) {
        map = &surface->transmission;
        share *= sample(map, u[map->slot], v[map->slot]).r;
    }
    Color8 light =
        reflected(scene, surface, linear, normal, position, metallic, roughness, bend, 1 - share);
    if (is_glass) {
        f8 nv = cosines_of(scene, normal, position).nv;
        light = with_light_behind(surface, light, linear, pixels_behind(scene, x, y), metallic,
                                  bent_roughness(roughness, bend), share, nv);
        base.a = light.a;
    }
    const int is_layered = surface->features & FEATURE_LAYERED;
    if (is_layered) light = with_sheen(surface, light, cosines_of(scene, normal, position));
    if (surface->features & FEATURE_EMISSIVE) {
        Color8 glow = glow_of(surface, u, v);
        light.r += to_linear(glow.r);
        light.g += to_linear(glow.g);
        light.b += to_linear(glow.b);
    }
    if (is_layered) light = under_coat(surface, light, cosines_of(scene, smooth, position), bend);
    return (Color8){to_srgb(light.r), to_srgb(light.g), to_srgb(light.b), base.a};
}

static inline f8 fresnel(const Surface *surface, f8 facing) {
    f8 base = f8_saturate(1 - f8_abs(facing) + surface->matcap_color[3]);
    if (!surface->rim_halves) return f8_pow(base, surface->rim_color[3]);
    f8 power = surface->rim_halves & 1 ? f8_sqrt(base) : f8_of(1);
    for (int whole = surface->rim_halves >> 1; whole > 0; --whole) power *= base;
    return power;
}

/* `features` are the surface's, and with `is_simple` it has a texture for its base and no other: where
 * both are known to the compiler, what is left of this is short. */
static inline __attribute__((always_inline)) Color8
shade_as(const Scene *scene, const Surface *surface, const float *const records[LANES], f8 x, f8 y,
         const int features, const int is_simple) {
    const int slots = is_simple ? 1 : surface->slots;
    f8 record[MAX_RECORD];
    gather(record, records, is_simple ? RECORD_PLANES + 12 + 3 * !!(features & FEATURE_RIM) : scene->record_floats);
    const f8 *tangents = record + RECORD_PLANES + 3 * (1 + surface->varyings);
    Varyings vary = {x - record[RECORD_X], y - record[RECORD_Y], f8_of(0),
                     record + RECORD_PLANES + 3};
    vary.inverse = 1 / plane(record + RECORD_PLANES, vary.along, vary.down);
    f8 u[MAX_UV_SLOTS], v[MAX_UV_SLOTS];
    const int coordinates = features & FEATURE_UV_ANIMATION ? 1 : slots;
    for (int slot = 0; slot < coordinates; ++slot) {
        u[slot] = next_varying(&vary);
        v[slot] = next_varying(&vary);
    }
    if (features & FEATURE_UV_ANIMATION) move_coordinates(scene, surface, u, v);
    const float *tint = surface->base_color;
    Color8 base = {f8_of(tint[0]), f8_of(tint[1]), f8_of(tint[2]), f8_of(tint[3])};
    f8 light = f8_of(0), facing = f8_of(0), matcap_u = f8_of(0), matcap_v = f8_of(0);
    if (features & FEATURE_LIT) light = next_varying(&vary);
    if (features & FEATURE_RIM) facing = next_varying(&vary);
    if (features & FEATURE_MATCAP) {
        matcap_u = next_varying(&vary);
        matcap_v = next_varying(&vary);
    }
    const float *dark = surface->shade_color;
    Color8 shadow = {f8_of(dark[0]), f8_of(dark[1]), f8_of(dark[2]), f8_of(1)};
    Color8 texel = {f8_of(1), f8_of(1), f8_of(1), f8_of(1)};
    if (is_simple || surface->base.texels) {
        const int slot = is_simple ? 0 : surface->base.slot;
        texel = sample(&surface->base, u[slot], v[slot]);
        base = (Color8){base.r * texel.r, base.g * texel.g, base.b * texel.b, base.a * texel.a};
    }
    if (features & FEATURE_VERTEX_COLORS) {
        /* Linear between vertices, unlike texels between texels. */
        base.r = to_srgb(to_linear(base.r) * next_varying(&vary));
        base.g = to_srgb(to_linear(base.g) * next_varying(&vary));
        base.b = to_srgb(to_linear(base.b) * next_varying(&vary));
        base.a *= next_varying(&vary);
    }
    if (features & FEATURE_PBR)
        return lit_plainly(scene, surface, tangents, record[RECORD_LIGHT_SIGN], &vary, base, u, v,
                           x, y);
    Color8 color = base;
    if (features & FEATURE_LIT) {
        if (!is_simple && surface->normal.texels) {
            const Map *map = &surface->normal;
            Vector8 normal = unit_vector(next_vector(&vary));
            normal = mapped(surface, tangents, normal, u[map->slot], v[map->slot]);
            light = normal.x * scene->key[0] + normal.y * scene->key[1] + normal.z * scene->key[2];
        }
        f8 lit = light * record[RECORD_LIGHT_SIGN] * surface->ramp[0] + surface->ramp[1];
        if (!is_simple && surface->shift.texels) {
            const Map *map = &surface->shift;
            lit += sample(map, u[map->slot], v[map->slot]).r * surface->ramp[2];
        }
        if (!is_simple && surface->shade.texels) {
            const Map *map = &surface->shade;
            texel = sample(map, u[map->slot], v[map->slot]);
        }
        if ((!is_simple && surface->shade.texels) || features & FEATURE_SHADE_IS_BASE) {
            shadow.r *= texel.r;
            shadow.g *= texel.g;
            shadow.b *= texel.b;
        }
        lit = f8_saturate(lit);
        if (features & FEATURE_SOFT_RAMP) {
            color.r = f8_sqrt(mixed(shadow.r * shadow.r, base.r * base.r, lit));
            color.g = f8_sqrt(mixed(shadow.g * shadow.g, base.g * base.g, lit));
            color.b = f8_sqrt(mixed(shadow.b * shadow.b, base.b * base.b, lit));
        } else {
            color = mixed_color(shadow, base, lit);
        }
    }
    if (features & (FEATURE_RIM | FEATURE_MATCAP | FEATURE_EMISSIVE)) {
        /* Light adds up in linear light; squares stand for it. */
        Color8 added = {f8_of(0), f8_of(0), f8_of(0), f8_of(0)};
        if (features & FEATURE_MATCAP) {
            Color8 shine = sample(&surface->matcap, matcap_u, matcap_v);
            const float *by = surface->matcap_color;
            shine = (Color8){shine.r * by[0], shine.g * by[1], shine.b * by[2], shine.a};
            added = (Color8){shine.r * shine.r, shine.g * shine.g, shine.b * shine.b, shine.a};
        }
        if (features & FEATURE_RIM) {
            const float *by = surface->rim_color;
            f8 rim = fresnel(surface, facing);
            added.r += by[0] * by[0] * rim;
            added.g += by[1] * by[1] * rim;
            added.b += by[2] * by[2] * rim;
        }
        if (!is_simple && surface->rim.texels) {
            Color8 by = sample(&surface->rim, u[surface->rim.slot], v[surface->rim.slot]);
            added = (Color8){added.r * by.r * by.r, added.g * by.g * by.g, added.b * by.b * by.b,
                             added.a};
        }
        if (features & FEATURE_EMISSIVE) {
            Color8 glow = glow_of(surface, u, v);
            added.r += glow.r * glow.r;
            added.g += glow.g * glow.g;
            added.b += glow.b * glow.b;
        }
        color.r = f8_sqrt(color.r * color.r + added.r);
        color.g = f8_sqrt(color.g * color.g + added.g);
        color.b = f8_sqrt(color.b * color.b + added.b);
    }
    if (features & FEATURE_OUTLINE) color = outlined(surface, color);
    color.a = base.a;
    return color;
}

Color8 shade(const Scene *scene, const Surface *surface, const float *const records[LANES], f8 x, f8 y) {
    const int toon = FEATURE_LIT | FEATURE_SHADE_IS_BASE;
    switch (surface->is_simple ? surface->features : -1) {
    case toon:
        return shade_as(scene, surface, records, x, y, toon, 1);
    case toon | FEATURE_RIM:
        return shade_as(scene, surface, records, x, y, toon | FEATURE_RIM, 1);
    default:
        return shade_as(scene, surface, records, x, y, surface->features, 0);
    }
}
