// Where the stair-step of an edge runs through a pixel, how much of the pixel across the edge
// belongs into it. After FXAA 3.11 (Lottes, NVIDIA 2011): find the edge by the contrast of luma,
// walk along it to both ends, and place the true edge on the line between them.

uniform sampler2D scene;
uniform ivec2 last_pixel;

const float LEAST_CONTRAST = 0.035;
const float RELATIVE_CONTRAST = 0.11;
const int LONGEST_WALK = 8;

vec4 color_at(ivec2 at) { return texelFetch(scene, clamp(at, ivec2(0), last_pixel), 0); }

float luma(vec4 color) { return dot(color, vec4(0.299, 0.587, 0.114, 0.25)); }

float luma_at(ivec2 at) { return luma(color_at(at)); }

vec4 smoothed(ivec2 at) {
    vec4 middle = color_at(at);
    float m = luma(middle);
    float n = luma_at(at + ivec2(0, -1)), s = luma_at(at + ivec2(0, 1));
    float w = luma_at(at + ivec2(-1, 0)), e = luma_at(at + ivec2(1, 0));
    float highest = max(max(max(n, s), max(w, e)), m);
    float contrast = highest - min(min(min(n, s), min(w, e)), m);
    if (contrast < max(LEAST_CONTRAST, highest * RELATIVE_CONTRAST)) return middle;

    float nw = luma_at(at + ivec2(-1, -1)), ne = luma_at(at + ivec2(1, -1));
    float sw = luma_at(at + ivec2(-1, 1)), se = luma_at(at + ivec2(1, 1));
    float across_rows = abs(nw + sw - 2.0 * w) + 2.0 * abs(n + s - 2.0 * m) + abs(ne + se - 2.0 * e);
    float across_columns = abs(nw + ne - 2.0 * n) + 2.0 * abs(w + e - 2.0 * m) + abs(sw + se - 2.0 * s);
    bool horizontal = across_rows >= across_columns;

    float before = horizontal ? n : w, after = horizontal ? s : e;
    bool towards_before = abs(before - m) >= abs(after - m);
    float other = towards_before ? before : after;
    ivec2 along = horizontal ? ivec2(1, 0) : ivec2(0, 1);
    ivec2 across = (horizontal ? ivec2(0, 1) : ivec2(1, 0)) * (towards_before ? -1 : 1);

    float mean = 0.5 * (m + other);
    float limit = 0.25 * abs(other - m);
    float left_end = 0.0, right_end = 0.0;
    int left = 1, right = 1;
    for (; left <= LONGEST_WALK; ++left) {
        ivec2 p = at - along * left;
        left_end = 0.5 * (luma_at(p) + luma_at(p + across)) - mean;
        if (abs(left_end) >= limit) break;
    }
    for (; right <= LONGEST_WALK; ++right) {
        ivec2 p = at + along * right;
        right_end = 0.5 * (luma_at(p) + luma_at(p + across)) - mean;
        if (abs(right_end) >= limit) break;
    }
    bool left_nearer = left < right;
    float end = left_nearer ? left_end : right_end;
    // Only the end at which the pixel is on the wrong side of the true edge moves it.
    bool crosses = (end < 0.0) != (m - mean < 0.0);
    float share = crosses ? 0.5 - float(min(left, right)) / float(left + right) : 0.0;

    // A lone pixel (a thin line's end, a speck) has no edge to follow; soften it a little.
    float around = (2.0 * (n + s + w + e) + nw + ne + sw + se) / 12.0;
    float lone = smoothstep(0.0, 1.0, clamp(abs(around - m) / contrast, 0.0, 1.0));
    share = max(share, lone * lone * 0.5);
    return mix(middle, color_at(at + across), share);
}
