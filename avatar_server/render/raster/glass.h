/* What shines through: opengl/shaders/glass.glsl, which names the sources, eight pixels at a time. */

#ifndef AVATAR_GLASS_H
#define AVATAR_GLASS_H

#include "metal_rough.h"

/* The pixels under eight neighbours whose centres begin at (x, y). */
static inline Color8 pixels_behind(const Scene *scene, f8 x, f8 y) {
    const int first = (int)x[0], room = scene->width - first;
    const uint32_t *at =
        scene->pixels + (size_t)((int)y[0] - scene->band_top) * scene->width + first;
    i8 texels = i8_of(0);
    for (int lane = 0; lane < LANES && lane < room; ++lane) texels[lane] = (int32_t)at[lane];
    Color8 behind = unpacked(texels);
    const float unit = 1 / 255.0f;
    behind.a *= unit;
    f8 nothing = 1 - behind.a;
    return (Color8){to_linear(behind.r * unit + nothing), to_linear(behind.g * unit + nothing),
                    to_linear(behind.b * unit + nothing), behind.a};
}

/* `light` is what the surface itself sends; `base` is linear. */
static inline Color8 with_light_behind(const Surface *surface, Color8 light, Color8 base,
                                       Color8 behind, f8 metallic, f8 roughness, f8 share, f8 nv) {
    f8 r = 1 - roughness;
    f8 most = f8_min(r * r, exp2_8(-9.28f * nv)) * r + (0.0425f - 0.0275f * roughness);
    f8 head_on = -1.04f * most + (1.04f - 0.572f * roughness);
    f8 edge = 1.04f * most + (0.022f * roughness - 0.04f);
    const f8 bases[3] = {base.r, base.g, base.b}, lights[3] = {behind.r, behind.g, behind.b};
    f8 *const sums[3] = {&light.r, &light.g, &light.b}, passed = f8_of(0);
    for (int k = 0; k < 3; ++k) {
        f8 passes = bases[k] * (1 - metallic) * surface->outline_color[k];
        f8 plain = mixed(f8_of(surface->shade_color[k]), bases[k], metallic);
        f8 mirrored = plain * head_on + surface->ramp[2] * edge;
        *sums[k] += share * passes * (1 - mirrored) * lights[k];
        passed += passes * (1 / 3.0f);
    }
    light.a = 1 - share * 0.5f * (1 - behind.a) * passed;
    return light;
}

#endif
