// One pixel of a surface: MToon 1.0 (VRMC_materials_mtoon), a plain glTF material, or unlit.

#include "blocks.glsl"

#if UV_SLOTS > 0 && defined(UV_ANIMATION)
in vec2 v_still_uv;
vec2 v_uv[UV_SLOTS];
#elif UV_SLOTS > 0
in vec2 v_uv[UV_SLOTS];
#endif
#ifdef UV_MASK_MAP
uniform sampler2D uv_mask_map;
#endif
#ifdef VERTEX_COLORS
in vec4 v_color;
#endif
#ifdef LIT
in float v_light;
#endif
#ifdef RIM
in float v_facing;
#endif
#ifdef MATCAP
in vec2 v_matcap;
uniform sampler2D matcap_map;
#endif
#if defined(NORMAL_MAP) || defined(PBR)
in vec3 v_position;
in vec3 v_normal;
#endif
#ifdef NORMAL_MAP
uniform sampler2D normal_map;
#endif
#ifdef METALLIC_ROUGHNESS_MAP
uniform sampler2D metallic_roughness_map;
#endif
#ifdef TRANSMISSION_MAP
uniform sampler2D transmission_map;
#endif
#ifdef BASE_MAP
uniform sampler2D base_map;
#endif
#ifdef SHADE_MAP
uniform sampler2D shade_map;
#endif
#ifdef SHIFT_MAP
uniform sampler2D shift_map;
#endif
#ifdef RIM_MAP
uniform sampler2D rim_map;
#endif
#ifdef EMISSIVE_MAP
uniform sampler2D emissive_map;
#endif

out vec4 pixel;

#ifdef NORMAL_MAP
// Tangents from the derivatives of position and texture coordinates
// (Schueler, "Followup: Normal Mapping Without Precomputed Tangents", 2013).
vec3 mapped_normal() {
    vec2 uv = v_uv[NORMAL_SLOT];
    vec3 n = normalize(v_normal);
    vec3 px = dFdx(v_position), py = dFdy(v_position);
    vec2 tx = dFdx(uv), ty = dFdy(uv);
    vec3 ax = cross(py, n), ay = cross(n, px);
    vec3 t = ax * tx.x + ay * ty.x;
    vec3 b = ax * tx.y + ay * ty.y;
    vec2 size = vec2(dot(t, t), dot(b, b));
#ifndef EVEN_TANGENTS
    size = vec2(max(size.x, size.y));
#endif
    vec2 scale = inversesqrt(max(size, 1e-20));
    vec3 texel = texture(normal_map, uv).xyz * 2.0 - 1.0;
    texel.xy *= ramp.w;
    // Texture rows run down (glTF 2.0, 3.8.3) while green points up; and as pictures are drawn upside
    // down (camera.py), so do dFdy's rows, which turns both tangents around.
    return normalize(mat3(-t * scale.x, b * scale.y, n) * texel);
}
#endif

#if defined(PBR) || defined(VERTEX_COLORS)
#include "srgb.glsl"
#endif
#ifdef PBR
#include "metal_rough.glsl"
#ifdef LAYERED
#include "layers.glsl"
#endif
#ifdef GLASS
#include "glass.glsl"
#endif
#endif

#if UV_SLOTS > 0 && defined(UV_ANIMATION)
// VRMC_materials_mtoon 1.0, "UV Animation": what moves is what the textures' transforms then take.
void move_coordinates() {
    float seconds = clock.x;
#ifdef UV_MASK_MAP
    vec3 still = vec3(v_still_uv, 1.0);
    vec2 masked = vec2(dot(uv_u[UV_MASK_SLOT].xyz, still), dot(uv_v[UV_MASK_SLOT].xyz, still));
    seconds *= texture(uv_mask_map, masked).b;
#endif
    float angle = outline.w * seconds, c = cos(angle), s = sin(angle);
    vec2 moved = mat2(c, -s, s, c) * (v_still_uv - 0.5) + 0.5 + outline.yz * seconds;
    for (int slot = 0; slot < UV_SLOTS; ++slot) {
        vec3 at = vec3(moved, 1.0);
        v_uv[slot] = vec2(dot(uv_u[slot].xyz, at), dot(uv_v[slot].xyz, at));
    }
}
#endif

void main() {
#if UV_SLOTS > 0 && defined(UV_ANIMATION)
    move_coordinates();
#endif
    vec4 base = base_color;
#ifdef BASE_MAP
    vec4 texel = texture(base_map, v_uv[BASE_SLOT]);
    base *= texel;
#endif
#ifdef VERTEX_COLORS
    // Linear between vertices, unlike texels between texels.
    base = vec4(to_srgb(to_linear(base.rgb) * v_color.rgb), base.a * v_color.a);
#endif
#ifdef MASK
    if (base.a < shade_color.w) discard;
#endif
#ifndef BLEND
    base.a = 1.0;
#endif
    vec3 rgb = base.rgb;

#ifdef LIT
    float light = v_light;
#ifdef NORMAL_MAP
    vec3 n = mapped_normal();
    light = dot(n, key_direction.xyz);
#endif
#if defined(BACK_SIDE)
    light = -light;
#elif defined(TWO_SIDES)
    light = gl_FrontFacing ? light : -light;
#endif
    float lit = light * ramp.x + ramp.y;
#ifdef SHIFT_MAP
    lit += texture(shift_map, v_uv[SHIFT_SLOT]).r * ramp.z;
#endif
    vec3 shade = shade_color.rgb;
#ifdef SHADE_MAP
    shade *= texture(shade_map, v_uv[SHADE_SLOT]).rgb;
#elif defined(SHADE_IS_BASE)
    shade *= texel.rgb;
#endif
#ifdef SOFT_RAMP
    rgb = sqrt(mix(shade * shade, rgb * rgb, clamp(lit, 0.0, 1.0)));
#else
    rgb = mix(shade, rgb, clamp(lit, 0.0, 1.0));
#endif
#endif

#ifdef PBR
    float side = 1.0;
#if defined(BACK_SIDE)
    side = -1.0;
#elif defined(TWO_SIDES)
    side = gl_FrontFacing ? 1.0 : -1.0;
#endif
#ifdef NORMAL_MAP
    vec3 facing = side * mapped_normal();
#else
    vec3 facing = side * normalize(v_normal);
#endif
    vec2 metal_rough = ramp.xy;
#ifdef METALLIC_ROUGHNESS_MAP
    metal_rough *= texture(metallic_roughness_map, v_uv[METALLIC_ROUGHNESS_SLOT]).bg;
#endif
#ifdef GLASS
    float share = outline_color.w;
#ifdef TRANSMISSION_MAP
    share *= texture(transmission_map, v_uv[TRANSMISSION_SLOT]).r;
#endif
    vec3 light = reflected(to_linear(rgb), facing, metal_rough, 1.0 - share);
    vec4 lit_through = with_light_behind(light, to_linear(rgb), metal_rough, share, facing);
    light = lit_through.rgb;
    base.a = lit_through.a;
#else
    vec3 light = reflected(to_linear(rgb), facing, metal_rough, 1.0);
#endif
#ifdef LAYERED
    light = with_sheen(light, facing);
#endif
#ifdef EMISSIVE
    vec3 glow = emissive_color.rgb;
#ifdef EMISSIVE_MAP
    glow *= texture(emissive_map, v_uv[EMISSIVE_SLOT]).rgb;
#endif
    light += to_linear(glow);
#endif
#ifdef LAYERED
    light = under_coat(light, side * normalize(v_normal));
#endif
    rgb = to_srgb(light);
#elif defined(RIM) || defined(MATCAP) || defined(EMISSIVE)
    // Light adds up in linear light; squares stand for it.
    vec3 sum = rgb * rgb;
#if defined(RIM) || defined(MATCAP)
    vec3 added = vec3(0.0);
#ifdef MATCAP
    vec3 matcap = texture(matcap_map, v_matcap).rgb * matcap_color.rgb;
    added = matcap * matcap;
#endif
#ifdef RIM
    float fresnel = clamp(1.0 - abs(v_facing) + matcap_color.w, 0.0, 1.0);
#ifdef RIM_POWER
    float rim = fresnel;
    for (int factor = 1; factor < RIM_POWER; ++factor) rim *= fresnel;
#ifdef RIM_ROOT
    rim *= sqrt(fresnel);
#endif
#else
    float rim = pow(fresnel, rim_color.w);
#endif
    added += rim_color.rgb * rim_color.rgb * rim;
#endif
#ifdef RIM_MAP
    vec3 rim_texel = texture(rim_map, v_uv[RIM_SLOT]).rgb;
    added *= rim_texel * rim_texel;
#endif
    sum += added;
#endif
#ifdef EMISSIVE
    vec3 glow = emissive_color.rgb;
#ifdef EMISSIVE_MAP
    glow *= texture(emissive_map, v_uv[EMISSIVE_SLOT]).rgb;
#endif
    sum += glow * glow;
#endif
    rgb = sqrt(sum);
#endif

#ifdef OUTLINE
    rgb = outline_color.rgb * mix(vec3(1.0), rgb, outline_color.w);
#endif
#ifdef GLASS
    rgb *= base.a;
#endif
    pixel = vec4(rgb, base.a);
}
