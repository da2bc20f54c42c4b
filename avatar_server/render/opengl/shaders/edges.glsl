// Where the stair-step of an edge runs through a pixel, and how much of the pixel across the edge
// belongs into it. After FXAA 3.11 (Lottes, NVIDIA 2011): find the edge by the contrast of luma,
// walk along it to both ends, lay the true edge through the middle of the step. The share is the
// exact area that this line cuts off (Reshetov, "Morphological Antialiasing", 2009).
//
// No branches: a software rasteriser runs both sides of one anyway.

uniform sampler2D scene;
uniform sampler2D four_luma;
uniform vec2 texel;

const float LEAST_CONTRAST = 0.03;
const float RELATIVE_CONTRAST = 0.10;
const int WALK_PAIRS = 5;

// Area under the line from 1/2 to 0 over half a run of n pixels, up to x.
float area(float x, float n) { return x * (0.5 - 0.5 * x / n); }

// Colour at a pixel centre with its edges smoothed.
vec4 smoothed(vec2 at) {
    // Lumas around: [nw n ne / w m e / sw s se].
    vec4 high = texture(four_luma, at - texel);
    vec4 high_right = texture(four_luma, at + vec2(0.0, -texel.y));
    vec4 low = texture(four_luma, at + vec2(-texel.x, 0.0));
    vec4 low_right = texture(four_luma, at);
    float nw = high.r, n = high.g, ne = high_right.g;
    float w = low.r, m = low_right.r, e = low_right.g;
    float sw = low.b, s = low_right.b, se = low_right.a;

    float highest = max(max(max(n, s), max(w, e)), m);
    float contrast = highest - min(min(min(n, s), min(w, e)), m);
    float across_rows = abs(nw + sw - 2.0 * w) + 2.0 * abs(n + s - 2.0 * m) + abs(ne + se - 2.0 * e);
    float across_columns = abs(nw + ne - 2.0 * n) + 2.0 * abs(w + e - 2.0 * m) + abs(sw + se - 2.0 * s);
    bool horizontal = across_rows >= across_columns;

    float before = horizontal ? n : w, after = horizontal ? s : e;
    bool towards_before = abs(before - m) >= abs(after - m);
    float other = towards_before ? before : after;
    vec2 along = horizontal ? vec2(texel.x, 0.0) : vec2(0.0, texel.y);
    vec2 across = horizontal ? vec2(0.0, texel.y) : vec2(texel.x, 0.0);
    vec2 pair = towards_before ? at - across : at;

    // Sums of the two pixels across the edge, less what they are here, at both sides' next steps.
    float sum = m + other;
    float limit = 0.5 * abs(other - m);
    float left = 0.0, right = 0.0, left_end = 0.0, right_end = 0.0;
    for (int step = 0; step < WALK_PAIRS; ++step) {
        vec4 to_left = texture(four_luma, pair - along * float(2 * step + 2));
        vec4 to_right = texture(four_luma, pair + along * float(2 * step + 1));
        vec2 l = (horizontal ? to_left.rg + to_left.ba : to_left.rb + to_left.ga) - sum;
        vec2 r = (horizontal ? to_right.rg + to_right.ba : to_right.rb + to_right.ga) - sum;
        bool go = abs(left_end) < limit;
        left += go ? 1.0 : 0.0;
        left_end = go ? l.y : left_end;
        go = abs(left_end) < limit;
        left += go ? 1.0 : 0.0;
        left_end = go ? l.x : left_end;
        go = abs(right_end) < limit;
        right += go ? 1.0 : 0.0;
        right_end = go ? r.x : right_end;
        go = abs(right_end) < limit;
        right += go ? 1.0 : 0.0;
        right_end = go ? r.y : right_end;
    }
    // Only an end that steps away from this pixel's side cuts off a piece of it.
    float run = left + right - 1.0;
    float nearest = min(left, right);
    float end = left < right ? left_end : right_end;
    bool cut = abs(end) >= limit && (end < 0.0) == (other < m) && nearest - 1.0 < 0.5 * run;
    float share = cut ? area(min(nearest, 0.5 * run), run) - area(nearest - 1.0, run) : 0.0;

    // A lone pixel (the end of a thin line, a speck) has no edge to follow; soften it a little.
    float around = (2.0 * (n + s + w + e) + nw + ne + sw + se) / 12.0;
    float lone = clamp(abs(around - m) / max(contrast, 1e-3), 0.0, 1.0);
    share = max(share, lone * lone * lone * 0.4);

    bool edge = contrast >= max(LEAST_CONTRAST, highest * RELATIVE_CONTRAST);
    vec4 middle = texture(scene, at);
    vec4 beyond = texture(scene, towards_before ? at - across : at + across);
    return mix(middle, beyond, edge ? share : 0.0);
}
