/* One step of the spring bones: spring_bones.py and colliders.py say what is computed and after what;
 * posing.py has the structure. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "matrix.h"

typedef struct {
    const int32_t *parents; /* (J) the row that each hangs on; of those before `first`, its anchor */
    const float *places;    /* (J, 4, 5) rest frame and tail relative to the parent's frame */
    const float *keep, *stiffness; /* (J) */
    const float *gravity;   /* (J, 3) */
    float *frames;          /* (J, 4, 4) */
    float *tails, *before, *roots; /* (J, 3) */
    float *lengths;         /* (J) */
    const int32_t *pair_joints, *pair_colliders; /* (P) what may touch */
    const float *pair_reach;                     /* (P) */
    uint8_t *touching;                           /* (P) */
    const int32_t *anchor_nodes;   /* (first) -1 is the scene */
    const int32_t *nodes;          /* (J) of the skeleton */
    const int32_t *collider_nodes; /* (C) */
    const float *collider_shapes;  /* (C, 4, 2) an end, and the way to the other */
    const int32_t *followers, *follower_rows; /* (F) nodes that hang on a joint, and on which */
    const float *follower_frames;             /* (F, 4, 4) */
    int32_t collider_count, follower_count;
    int32_t first, count, pair_count; /* rows before `first` hang on anchors; parents come first */
} Springs;

static float dot(const float *a, const float *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static float unit(float *a) {
    float length = sqrtf(dot(a, a) + 1e-18f);
    for (int axis = 0; axis < 3; ++axis) a[axis] /= length;
    return length;
}

/* Frame and tail (4, 5) of a joint as its parent would have them. */
static void rest_of(float *to, const float *parent, const float *place) {
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 5; ++column) {
            float sum = 0;
            for (int k = 0; k < 4; ++k) sum += parent[4 * row + k] * place[5 * k + column];
            to[5 * row + column] = sum;
        }
}

/* The frame turned the shortest way from `aim` to `direction`: with s = aim + direction that is
 * I + 2 direction aimT - s sT / (1 + aim . direction), and 1 + aim . direction = s . s / 2. */
static void turn(float *frame, const float *rest, const float *aim, const float *direction) {
    float both[3], squared;
    for (int axis = 0; axis < 3; ++axis) both[axis] = aim[axis] + direction[axis];
    squared = fmaxf(dot(both, both), 1e-4f);
    for (int column = 0; column < 3; ++column) {
        float axis[3] = {rest[column], rest[5 + column], rest[10 + column]};
        float along = 2 * dot(aim, axis), across = -2 * dot(both, axis) / squared;
        for (int row = 0; row < 3; ++row)
            frame[4 * row + column] = axis[row] + direction[row] * along + both[row] * across;
        frame[12 + column] = 0;
    }
    for (int row = 0; row < 4; ++row) frame[4 * row + 3] = rest[5 * row + 3];
}

static void swing(Springs *springs, int32_t row, const float *anchors, float share, float stretch) {
    int32_t parent = springs->parents[row];
    const float *frame = (row < springs->first ? anchors : springs->frames) + 16 * parent;
    float rest[20], aim[3], direction[3], *tail = springs->tails + 3 * row;
    float *before = springs->before + 3 * row, *root = springs->roots + 3 * row;
    rest_of(rest, frame, springs->places + 20 * row);
    for (int axis = 0; axis < 3; ++axis) {
        root[axis] = rest[5 * axis + 3];
        aim[axis] = rest[5 * axis + 4] - root[axis];
    }
    float length = springs->lengths[row] = unit(aim);
    float keep = powf(springs->keep[row], share) * stretch, push = springs->stiffness[row] * share * share;
    for (int axis = 0; axis < 3; ++axis) {
        float ahead = tail[axis] + (tail[axis] - before[axis]) * keep +
                      springs->gravity[3 * row + axis] * share * share + aim[axis] * push;
        before[axis] = tail[axis];
        direction[axis] = ahead - root[axis];
    }
    unit(direction);
    turn(springs->frames + 16 * row, rest, aim, direction);
    for (int axis = 0; axis < 3; ++axis) tail[axis] = root[axis] + direction[axis] * length;
}

/* How deep a tail is inside a capsule (7: an end, the way to the other, 1 / its length squared), or
 * with a negative reach outside of it, and the way out from its axis. */
static float depth_of(const float *tail, const float *capsule, float reach, float *out, float *distance) {
    for (int axis = 0; axis < 3; ++axis) out[axis] = tail[axis] - capsule[axis];
    float share = fminf(fmaxf(dot(out, capsule + 3) * capsule[6], 0), 1);
    for (int axis = 0; axis < 3; ++axis) out[axis] -= capsule[3 + axis] * share;
    *distance = sqrtf(dot(out, out));
    return reach < 0 ? *distance + reach : reach - *distance;
}

/* Moves tails out of colliders, each time back to the bone's length from its root. */
static int push_out(Springs *springs, const float *placed) {
    float out[3], distance;
    int any = 0;
    for (int32_t pair = 0; pair < springs->pair_count; ++pair) {
        const float *tail = springs->tails + 3 * springs->pair_joints[pair];
        const float *capsule = placed + 7 * springs->pair_colliders[pair];
        springs->touching[pair] =
            depth_of(tail, capsule, springs->pair_reach[pair], out, &distance) > 0;
        any |= springs->touching[pair];
    }
    for (int32_t pair = 0; any && pair < springs->pair_count; ++pair) {
        if (!springs->touching[pair]) continue;
        int32_t row = springs->pair_joints[pair];
        float *tail = springs->tails + 3 * row, *root = springs->roots + 3 * row, bone[3];
        const float *capsule = placed + 7 * springs->pair_colliders[pair];
        float depth = depth_of(tail, capsule, springs->pair_reach[pair], out, &distance);
        float by = fmaxf(depth, 0) / fmaxf(distance, 1e-9f);
        if (springs->pair_reach[pair] < 0) by = -by;
        for (int axis = 0; axis < 3; ++axis) bone[axis] = tail[axis] - root[axis] + out[axis] * by;
        float size = springs->lengths[row] / fmaxf(sqrtf(dot(bone, bone)), 1e-9f);
        for (int axis = 0; axis < 3; ++axis) tail[axis] = root[axis] + bone[axis] * size;
    }
    return any;
}

/* One step of `share` times the step that models are tuned for, `stretch` times as long as the one
 * before. Tells whether anything was inside a collider. */
int avatar_spring_step(Springs *springs, const float *anchors, const float *placed, float share,
                       float stretch) {
    for (int32_t row = 0; row < springs->count; ++row) swing(springs, row, anchors, share, stretch);
    return push_out(springs, placed);
}

/* What chains hang on (first, 4, 4) and bump into (C, 7), by the global transforms of all nodes. */
void avatar_spring_surroundings(const Springs *springs, const float *joints, float *anchors,
                                float *placed) {
    static const float scene[16] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    for (int32_t k = 0; k < springs->first; ++k) {
        int32_t node = springs->anchor_nodes[k];
        memcpy(anchors + 16 * k, node < 0 ? scene : joints + 16 * node, sizeof scene);
    }
    for (int32_t k = 0; k < springs->collider_count; ++k) {
        const float *m = joints + 16 * springs->collider_nodes[k], *shape = springs->collider_shapes + 8 * k;
        float *to = placed + 7 * k;
        for (int row = 0; row < 3; ++row)
            for (int column = 0; column < 2; ++column)
                to[row + 3 * column] = m[4 * row] * shape[column] + m[4 * row + 1] * shape[2 + column] +
                                       m[4 * row + 2] * shape[4 + column] +
                                       m[4 * row + 3] * shape[6 + column];
        float squared = dot(to + 3, to + 3);
        to[6] = squared > 1e-12f ? 1 / squared : 0;
    }
}

/* Puts the frames of the springs' nodes, and of what hangs on them, into `joints` (N, 4, 4). */
void avatar_spring_hang(const Springs *springs, float *joints) {
    for (int32_t row = 0; row < springs->count; ++row)
        memcpy(joints + 16 * springs->nodes[row], springs->frames + 16 * row, 16 * sizeof *joints);
    for (int32_t k = 0; k < springs->follower_count; ++k) {
        const float *frame = springs->frames + 16 * springs->follower_rows[k];
        product(joints + 16 * springs->followers[k], frame, springs->follower_frames + 16 * k);
    }
}
