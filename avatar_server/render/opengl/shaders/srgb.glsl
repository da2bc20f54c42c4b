// IEC 61966-2-1, by a polynomial that is right to half a step of 255 (Hapke Chilliant, 2012).
vec3 to_linear(vec3 c) {
    return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
}

vec3 to_srgb(vec3 light) {
    light = clamp(light, 0.0, 1.0);
    return max(1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, min(light, 0.0031308) * 12.92);
}
