// The picture itself, edges smoothed.
#include "edges.glsl"

out vec4 pixel;

void main() { pixel = smoothed(gl_FragCoord.xy * texel); }
