// The picture itself, edges smoothed.
#include "edges.glsl"

out vec4 pixel;

void main() { pixel = smoothed(ivec2(gl_FragCoord.xy)); }
