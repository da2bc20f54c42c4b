/* What lies over a plain glTF material: opengl/shaders/layers.glsl, which names the sources, eight
 * pixels at a time. */

#ifndef AVATAR_LAYERS_H
#define AVATAR_LAYERS_H

#include "metal_rough.h"

/* What fuzz reflects of all light from one side. */
static inline f8 fuzz_reflects(float roughness, f8 cosine) {
    float inverse = 1 / (roughness + 0.1f), square = roughness * roughness;
    float a = -1.9362f + 1.0678f * roughness + 0.4573f * square - 0.8469f * inverse;
    float b = -0.6014f + 0.5538f * roughness - 0.4670f * square - 0.1255f * inverse;
    return f8_saturate(exp2_8((a * cosine + b) * 1.44269504f));
}

typedef struct {
    f8 nl, nv, nh, vh;
} Cosines;

static inline Cosines cosines_of(const Scene *scene, Vector8 normal, Vector8 position) {
    Vector8 to_light = {f8_of(scene->key[0]), f8_of(scene->key[1]), f8_of(scene->key[2])};
    Vector8 to_eye = unit_vector((Vector8){-position.x, -position.y, -position.z});
    Vector8 halfway = unit_vector(
        (Vector8){to_eye.x + to_light.x, to_eye.y + to_light.y, to_eye.z + to_light.z});
    return (Cosines){f8_saturate(dot8(normal, to_light)), f8_saturate(dot8(normal, to_eye)),
                     f8_saturate(dot8(normal, halfway)), f8_saturate(dot8(to_eye, halfway))};
}

/* `light` is what the surface below sends. */
static inline Color8 with_sheen(const Surface *surface, Color8 light, Cosines at) {
    const float *fuzz = surface->matcap_color;
    float roughness = fmaxf(fuzz[3], 1e-4f), sharpness = 1 / (roughness * roughness);
    f8 sine = f8_max(1 - at.nh * at.nh, f8_of(0.0078125f));
    f8 distribution = (2 + sharpness) * f8_pow(sine, 0.5f * sharpness) / (2 * PI);
    f8 visibility = f8_saturate(0.25f / f8_max(at.nl + at.nv - at.nl * at.nv, f8_of(1e-6f)));
    f8 taken = f8_max(fuzz_reflects(roughness, at.nv), fuzz_reflects(roughness, at.nl));
    f8 rest = 1 - fmaxf(fmaxf(fuzz[0], fuzz[1]), fuzz[2]) * taken;
    f8 shine = PI * at.nl * distribution * visibility;
    return (Color8){light.r * rest + fuzz[0] * shine, light.g * rest + fuzz[1] * shine,
                    light.b * rest + fuzz[2] * shine, light.a};
}

/* `at` is by the normal before a map bends it. */
static inline Color8 under_coat(const Surface *surface, Color8 light, Cosines at, f8 bend) {
    const float coat = surface->rim_color[0];
    f8 roughness = bent_roughness(f8_of(surface->rim_color[1]), bend);
    f8 shine = lobe_of(roughness, at.nl, at.nv, at.nh);
    f8 seen = mixed(f8_of(0.04f), f8_of(1), exp2_8((-5.55473f * at.nv - 6.98316f) * at.nv));
    f8 lit = mixed(f8_of(0.04f), f8_of(1), exp2_8((-5.55473f * at.vh - 6.98316f) * at.vh));
    f8 rest = 1 - coat * seen, more = coat * PI * at.nl * shine * lit;
    return (Color8){light.r * rest + more, light.g * rest + more, light.b * rest + more, light.a};
}

#endif
