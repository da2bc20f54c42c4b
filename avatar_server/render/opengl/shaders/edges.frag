// The luma of four neighbours in one pixel (here, right, below, below right), so that the walk along
// an edge reads two rows and two columns at once.
uniform sampler2D scene;
uniform vec2 texel;
out vec4 four;

// Straight alpha counts a little, so that dark on transparent is an edge too.
float luma_at(vec2 at) { return dot(texture(scene, at), vec4(0.299, 0.587, 0.114, 0.25) / 1.25); }

void main() {
    vec2 at = gl_FragCoord.xy * texel;
    vec2 right = vec2(texel.x, 0.0), below = vec2(0.0, texel.y);
    four = vec4(luma_at(at), luma_at(at + right), luma_at(at + below), luma_at(at + texel));
}
