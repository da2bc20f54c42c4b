// What shines through a plain glTF material (KHR_materials_transmission), as three.js has it but for
// refraction and blur. Where nothing solid is behind, half-transparent white stands for it. To be
// read after metal_rough.glsl.
//
// outline_color: tint of what passes, and how much does.

uniform sampler2D behind;

// `light` is what the surface itself sends; `base` is linear.
vec4 with_light_behind(vec3 light, vec3 base, vec2 metal_rough, float share, vec3 n) {
    vec4 under = texelFetch(behind, ivec2(gl_FragCoord.xy), 0);
    vec3 solid = to_linear(under.rgb + (1.0 - under.a));
    float nv = clamp(dot(n, normalize(-v_position)), 0.0, 1.0);
    float roughness = bent_roughness(metal_rough.y), r = 1.0 - roughness;
    // What is reflected of all light from one side: Karis, "Physically Based Shading on Mobile", 2014.
    float most = min(r * r, exp2(-9.28 * nv)) * r + (0.0425 - 0.0275 * roughness);
    float head_on = -1.04 * most + (1.04 - 0.572 * roughness);
    float edge = 1.04 * most + (0.022 * roughness - 0.04);
    vec3 passes = base * (1.0 - metal_rough.x) * outline_color.rgb;
    vec3 mirrored = mix(shade_color.rgb, base, metal_rough.x) * head_on + ramp.z * edge;
    light += share * passes * (1.0 - mirrored) * solid;
    return vec4(light, 1.0 - share * 0.5 * (1.0 - under.a) * dot(passes, vec3(1.0 / 3.0)));
}
