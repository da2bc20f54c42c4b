/* Light that a plain glTF material sends to the eye: opengl/shaders/metal_rough.glsl, which names the
 * sources, eight pixels at a time. */

#ifndef AVATAR_METAL_ROUGH_H
#define AVATAR_METAL_ROUGH_H

#include "sample.h"

#define PI 3.14159265f

typedef struct {
    f8 x, y, z;
} Vector8;

static inline f8 dot8(Vector8 a, Vector8 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

static inline Vector8 unit_vector(Vector8 a) {
    f8 inverse = 1 / f8_sqrt(f8_max(dot8(a, a), f8_of(1e-20f)));
    return (Vector8){a.x * inverse, a.y * inverse, a.z * inverse};
}

/* IEC 61966-2-1, by polynomials that are right to half a step of 255 (Hapke Chilliant, 2012). */
static inline f8 to_linear(f8 c) {
    return c * (c * (c * 0.305306011f + 0.682171111f) + 0.012522878f);
}

static inline f8 to_srgb(f8 light) {
    light = f8_saturate(light);
    f8 half = f8_sqrt(light), quarter = f8_sqrt(half), eighth = f8_sqrt(quarter);
    f8 curve = 0.662002687f * half + 0.684122060f * quarter - 0.323583601f * eighth -
               0.0225411470f * light;
    return f8_pick(light < f8_of(0.0031308f), light * 12.92f, curve);
}

/* The polynomial of Schraudolph's kind: the whole part goes into the exponent, the rest is a cubic
 * through the ends with the right slopes; within 0.01 %. */
static inline f8 exp2_8(f8 power) {
    power = f8_max(power, f8_of(-126));
    f8 whole = f8_floor(power), part = power - whole;
    f8 mantissa = 1 + part * (0.695502f + part * (0.226173f + part * 0.078325f));
    return mantissa * (f8)((i8_of_f8(whole) + 127) << 23);
}

/* Schlick's, with the exponent of Karis, "Real Shading in Unreal Engine 4", 2013. */
static inline f8 schlick(f8 head_on, float edge, f8 power) { return mixed(head_on, f8_of(edge), power); }

/* The part of light that single scattering keeps between white facets. */
static inline f8 kept(f8 roughness, f8 cosine) {
    f8 r = f8_min(roughness, f8_of(31 / 32.0f));
    f8 c = f8_min(f8_max(cosine, f8_of(1 / 32.0f)), f8_of(31 / 32.0f));
    f8 first = 0.3982f - 1.0852f * c, second = -0.3535f + (3.0186f - 0.4825f * c) * c;
    f8 third = 0.1207f - 0.9238f * c;
    return 1 - r * (first + r * (second + r * third));
}

/* Curvature within a pixel, `bend`, adds roughness. */
static inline f8 bent_roughness(f8 roughness, f8 bend) {
    return f8_min(f8_max(roughness, f8_of(0.045f)) + bend, f8_of(1));
}

/* GGX: how many facets face halfway, and how many of these are seen. */
static inline f8 lobe_of(f8 roughness, f8 nl, f8 nv, f8 nh) {
    f8 a = roughness * roughness, a2 = a * a;
    f8 lobe = nh * nh * (a2 - 1) + 1;
    f8 distribution = a2 / (PI * lobe * lobe);
    f8 masking = nl * f8_sqrt(a2 + (1 - a2) * nv * nv) + nv * f8_sqrt(a2 + (1 - a2) * nl * nl);
    return distribution * 0.5f / f8_max(masking, f8_of(1e-6f));
}

/* What of linear `base` is seen at `position` under the key light. `bend` is how far the normal
 * turns from pixel to pixel, `solid` how much of what enters comes back. */
static inline Color8 reflected(const Scene *scene, const Surface *surface, Color8 base, Vector8 normal,
                               Vector8 position, f8 metallic, f8 roughness, f8 bend, f8 solid) {
    Vector8 to_light = {f8_of(scene->key[0]), f8_of(scene->key[1]), f8_of(scene->key[2])};
    Vector8 to_eye = unit_vector((Vector8){-position.x, -position.y, -position.z});
    Vector8 halfway = unit_vector(
        (Vector8){to_eye.x + to_light.x, to_eye.y + to_light.y, to_eye.z + to_light.z});
    f8 nl = f8_saturate(dot8(normal, to_light)), nv = f8_saturate(dot8(normal, to_eye));
    f8 nh = f8_saturate(dot8(normal, halfway)), vh = f8_saturate(dot8(to_eye, halfway));
    roughness = bent_roughness(roughness, bend);
    f8 specular = lobe_of(roughness, nl, nv, nh);
    f8 more = 1 / kept(roughness, nv) - 1;
    f8 power = exp2_8((-5.55473f * vh - 6.98316f) * vh);
    const f8 channels[3] = {base.r, base.g, base.b};
    f8 seen[3];
    for (int k = 0; k < 3; ++k) {
        f8 plain = f8_of(surface->shade_color[k]), head_on = mixed(plain, channels[k], metallic);
        f8 below = channels[k] * (1 - metallic) * solid * (1 / PI);
        f8 direct = below * (1 - schlick(plain, surface->ramp[2], power));
        direct += specular * schlick(head_on, surface->ramp[2], power) * (1 + head_on * more);
        seen[k] = PI * nl * direct;
    }
    return (Color8){seen[0], seen[1], seen[2], base.a};
}

#endif
