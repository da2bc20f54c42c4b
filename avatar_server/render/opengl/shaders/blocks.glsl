// What is the same for a whole frame, and for a whole material. Colours are sRGB-encoded: factors
// multiply textures as they are stored, which is the product in linear light but for the toe of
// the sRGB curve, and saves a decode and an encode a pixel.

layout(std140) uniform Frame {
    mat4 view;
    mat4 projection;
    vec4 key_direction;  // w: height of a pixel at distance 1
    vec4 clock;          // x: seconds
};

#ifdef BAKED
// A software rasteriser reads a uniform anew for every four by four pixels; it folds constants.
BAKED
#else
layout(std140) uniform Surface {
    vec4 base_color;
    vec4 shade_color;     // w: alpha cutoff
    vec4 ramp;            // x, y: gain and offset of the toon ramp; z: shift map; w: normal scale
                          // (plain glTF materials: see metal_rough.glsl for this and shade_color,
                          // layers.glsl for the next two, glass.glsl for outline_color)
    vec4 rim_color;       // w: fresnel power
    vec4 matcap_color;    // w: rim lift
    vec4 emissive_color;
    vec4 outline_color;   // w: outline lighting mix
    vec4 outline;         // x: width; y, z: scroll, and w: turn of texture coordinates a second
    vec4 uv_u[4];         // rows of the transforms of texture coordinates; w of u: second set
    vec4 uv_v[4];
};
#endif
