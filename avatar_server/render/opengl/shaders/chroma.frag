// The U and V planes side by side, each value of two by two pixels.
uniform sampler2D scene;
uniform vec2 texel;
uniform vec2 origin;
uniform float half_width;
uniform vec4 to_u;
uniform vec4 to_v;
out vec4 plane;

void main() {
    vec2 at = gl_FragCoord.xy - origin;
    bool second = at.x >= half_width;
    at.x -= second ? half_width : 0.0;
    vec2 low = (at * 2.0 - 0.5) * texel, high = (at * 2.0 + 0.5) * texel;
    vec3 rgb = texture(scene, low).rgb + texture(scene, vec2(high.x, low.y)).rgb +
        texture(scene, vec2(low.x, high.y)).rgb + texture(scene, high).rgb;
    vec4 row = second ? to_v : to_u;
    plane = vec4(dot(rgb, row.rgb * 0.25) + row.w);
}
