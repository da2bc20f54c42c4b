// Light that a plain glTF material sends to the eye: Lambert below, GGX above (glTF 2.0, appendix B),
// with the refinements by which three.js draws them, so that a model looks as its author saw it in
// a browser: brightness lost between rough facets is given back (Turquin, "Practical Multiple
// Scattering Compensation for Microfacet Models", 2019), and curvature adds roughness. The key light is pi strong: a white surface that faces it is white.
//
// shade_color: reflectance of what is no metal, seen head-on. ramp: metallic, roughness, reflectance
// at grazing angles, normal scale.

const float PI = 3.14159265;

// Schlick's, with the exponent of Karis, "Real Shading in Unreal Engine 4", 2013.
vec3 fresnel(vec3 head_on, float cosine) {
    return mix(head_on, vec3(ramp.z), exp2((-5.55473 * cosine - 6.98316) * cosine));
}

// The part of light that single scattering keeps between white facets: least squares over the
// integral of D V 4 vh / nh, within 6 % for cosines of 0.1 and more. three.js looks it up in a
// table whose last entries are half a step short of 1.
float kept(float roughness, float cosine) {
    float r = min(roughness, 31.0 / 32.0), c = clamp(cosine, 1.0 / 32.0, 31.0 / 32.0);
    vec3 lost = vec3(0.3982 - 1.0852 * c, -0.3535 + (3.0186 - 0.4825 * c) * c, 0.1207 - 0.9238 * c);
    return 1.0 - r * (lost.x + r * (lost.y + r * lost.z));
}

// Curvature within a pixel adds roughness.
float bent_roughness(float roughness) {
    vec3 flat_n = normalize(v_normal);
    vec3 bend = max(abs(dFdx(flat_n)), abs(dFdy(flat_n)));
    return min(max(roughness, 0.045) + max(max(bend.x, bend.y), bend.z), 1.0);
}

// GGX: how many facets face halfway, and how many of these are seen.
float lobe_of(float roughness, float nl, float nv, float nh) {
    float a = roughness * roughness, a2 = a * a;
    float lobe = nh * nh * (a2 - 1.0) + 1.0;
    float distribution = a2 / (PI * lobe * lobe);
    float masking = nl * sqrt(a2 + (1.0 - a2) * nv * nv) + nv * sqrt(a2 + (1.0 - a2) * nl * nl);
    return distribution * 0.5 / max(masking, 1e-6);
}

// `solid` is how much of what enters comes back.
vec3 reflected(vec3 base, vec3 n, vec2 metal_rough, float solid) {
    vec3 to_eye = normalize(-v_position), to_light = key_direction.xyz;
    vec3 halfway = normalize(to_eye + to_light);
    float nl = clamp(dot(n, to_light), 0.0, 1.0), nv = clamp(dot(n, to_eye), 0.0, 1.0);
    float nh = clamp(dot(n, halfway), 0.0, 1.0), vh = clamp(dot(to_eye, halfway), 0.0, 1.0);
    float roughness = bent_roughness(metal_rough.y);

    vec3 plain = shade_color.rgb, head_on = mix(plain, base, metal_rough.x);
    float specular = lobe_of(roughness, nl, nv, nh);
    vec3 compensation = 1.0 + head_on * (1.0 / kept(roughness, nv) - 1.0);

    vec3 below = base * (1.0 - metal_rough.x) * solid;
    vec3 direct = below / PI * (1.0 - fresnel(plain, vh));
    direct += specular * fresnel(head_on, vh) * compensation;
    return PI * nl * direct;
}
