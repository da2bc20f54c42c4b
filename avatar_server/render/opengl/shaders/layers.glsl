// What lies over a plain glTF material: sheen, which is fuzz (KHR_materials_sheen), and over that a
// clear coat (KHR_materials_clearcoat), as three.js has them. To be read after metal_rough.glsl.
//
// rim_color.xy: clear coat and its roughness. matcap_color: sheen and its roughness.

// What fuzz reflects of all light from one side: a fit by three.js to Estevez and Kulla,
// "Production Friendly Microfacet Sheen BRDF", 2017.
float fuzz_reflects(float roughness, float cosine) {
    float inverse = 1.0 / (roughness + 0.1), square = roughness * roughness;
    float a = -1.9362 + 1.0678 * roughness + 0.4573 * square - 0.8469 * inverse;
    float b = -0.6014 + 0.5538 * roughness - 0.4670 * square - 0.1255 * inverse;
    return clamp(exp(a * cosine + b), 0.0, 1.0);
}

// `light` is what the surface below sends.
vec3 with_sheen(vec3 light, vec3 n) {
    vec3 to_eye = normalize(-v_position), to_light = key_direction.xyz;
    float nl = clamp(dot(n, to_light), 0.0, 1.0), nv = clamp(dot(n, to_eye), 0.0, 1.0);
    float nh = clamp(dot(n, normalize(to_eye + to_light)), 0.0, 1.0);
    float roughness = max(matcap_color.w, 1e-4), sharpness = 1.0 / (roughness * roughness);
    // Charlie's distribution (Estevez and Kulla), and the visibility of Neubelt and Pettineo,
    // "Crafting a Next-gen Material Pipeline for The Order: 1886", 2013.
    float sine = max(1.0 - nh * nh, 0.0078125);
    float distribution = (2.0 + sharpness) * pow(sine, 0.5 * sharpness) / (2.0 * PI);
    float visibility = clamp(0.25 / max(nl + nv - nl * nv, 1e-6), 0.0, 1.0);
    vec3 fuzz = matcap_color.rgb;
    float taken = max(fuzz_reflects(roughness, nv), fuzz_reflects(roughness, nl));
    float rest = 1.0 - max(max(fuzz.r, fuzz.g), fuzz.b) * taken;
    return light * rest + PI * nl * fuzz * (distribution * visibility);
}

// `n` is the normal before a map bends it.
vec3 under_coat(vec3 light, vec3 n) {
    vec3 to_eye = normalize(-v_position), to_light = key_direction.xyz;
    vec3 halfway = normalize(to_eye + to_light);
    float nl = clamp(dot(n, to_light), 0.0, 1.0), nv = clamp(dot(n, to_eye), 0.0, 1.0);
    float nh = clamp(dot(n, halfway), 0.0, 1.0), vh = clamp(dot(to_eye, halfway), 0.0, 1.0);
    float shine = lobe_of(bent_roughness(rim_color.y), nl, nv, nh);
    vec2 power = exp2((-5.55473 * vec2(nv, vh) - 6.98316) * vec2(nv, vh));
    vec2 reflectance = mix(vec2(0.04), vec2(1.0), power);
    return light * (1.0 - rim_color.x * reflectance.x) +
           rim_color.x * PI * nl * shine * reflectance.y;
}
