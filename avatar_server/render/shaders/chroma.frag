// The U and V planes side by side, each value of two by two pixels.
uniform sampler2D scene;
uniform ivec2 last_pixel;
uniform ivec2 origin;
uniform int half_width;
uniform vec4 to_u;
uniform vec4 to_v;
out vec4 plane;

vec3 rgb_at(ivec2 at) { return texelFetch(scene, min(at, last_pixel), 0).rgb; }

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy) - origin;
    bool second = at.x >= half_width;
    if (second) at.x -= half_width;
    at *= 2;
    vec3 rgb = rgb_at(at) + rgb_at(at + ivec2(1, 0)) + rgb_at(at + ivec2(0, 1)) + rgb_at(at + ivec2(1, 1));
    vec4 row = second ? to_v : to_u;
    plane = vec4(dot(rgb, row.rgb * 0.25) + row.w);
}
