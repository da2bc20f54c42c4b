// The Y plane, edges smoothed.
#include "edges.glsl"

uniform vec4 to_y;
out vec4 plane;

void main() {
    vec4 color = smoothed(gl_FragCoord.xy * texel);
    plane = vec4(dot(color.rgb, to_y.rgb) + to_y.w);
}
