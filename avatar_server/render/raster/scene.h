/* What one frame is drawn from. scene.py mirrors these structures field by field. */

#ifndef AVATAR_SCENE_H
#define AVATAR_SCENE_H

#include <stddef.h>
#include <stdint.h>

#define MAX_UV_SLOTS 4
#define MAX_VARYINGS 20
#define NO_TRIANGLE (-1)

enum {
    FEATURE_LIT = 1 << 0,
    FEATURE_SHADE_IS_BASE = 1 << 1,
    FEATURE_RIM = 1 << 2,
    FEATURE_MATCAP = 1 << 3,
    FEATURE_EMISSIVE = 1 << 4,
    FEATURE_VERTEX_COLORS = 1 << 5,
    FEATURE_MASK = 1 << 6,
    FEATURE_BLEND = 1 << 7,
    FEATURE_OUTLINE = 1 << 8,
    FEATURE_OUTLINE_SCREEN = 1 << 9,
    FEATURE_DEPTH_WRITE = 1 << 10,
    FEATURE_PBR = 1 << 11,
    FEATURE_UV_ANIMATION = 1 << 12,
    FEATURE_SOFT_RAMP = 1 << 13,
    FEATURE_LAYERED = 1 << 14,
    FEATURE_EVEN_TANGENTS = 1 << 15,
    FEATURE_GLASS = 1 << 16, /* blended by itself: see glass.h */
};

enum { SIDE_FRONT = 1, SIDE_BACK = 2 };
enum { WRAP_REPEAT = 0, WRAP_CLAMP = 1, WRAP_MIRROR = 2 };

/* A texture at the level at which it is used: RGBA, 8 bit, rows down from v = 0, with a border of
 * one texel that continues it by its wrap. */
typedef struct {
    const uint32_t *texels; /* NULL: the surface has none */
    int32_t width, height;
    int32_t wrap_s, wrap_t;
    int32_t nearest;
    int32_t slot; /* of texture coordinates */
} Map;

/* A material made ready; colours are sRGB-encoded. The vectors are SURFACE_DTYPE of surface.py. */
typedef struct {
    float base_color[4];
    float shade_color[4];    /* w: alpha cutoff */
    float ramp[4];           /* x, y: gain and offset of the toon ramp; z: shift map; w: normals */
                             /* (of plain glTF materials see metal_rough.glsl for these two, */
                             /* layers.glsl for the next two, and glass.glsl for outline_color) */
    float rim_color[4];      /* w: fresnel power */
    float matcap_color[4];   /* w: rim lift */
    float emissive_color[4];
    float outline_color[4];  /* w: outline lighting mix */
    float outline[4];        /* x: width; y, z: scroll, w: turn of texture coordinates a second */
    float uv_u[MAX_UV_SLOTS][4]; /* rows of the transforms of texture coordinates */
    float uv_v[MAX_UV_SLOTS][4];
    Map base, shade, shift, normal, metallic_roughness, transmission, rim, emissive, outline_width, uv_mask, matcap;
    int32_t features;
    int32_t slots;
    int32_t rim_halves; /* the fresnel power in halves where that is near enough, else 0 */
    int32_t varyings;   /* how many numbers vary over a triangle of this surface */
    int32_t is_simple;  /* it has a texture for its base, and no other */
    int32_t is_flat;    /* it has one colour */
} Surface;

/* Pixels of one surface that wait until there are enough to be shaded together. */
typedef struct {
    const float *records[8];
    float x[8], y[8]; /* centres */
    int32_t at[8];    /* places in the band */
    int32_t count;
    uint32_t color;   /* of a flat surface, which has nothing to wait for */
} Queue;

typedef struct {
    float x, y, z; /* pixels, y down; depth in [0, 1] */
    float inverse_w;
    float position[3], normal[3]; /* in camera space */
    float light, facing;          /* cosines to the key light and to the viewer */
    float matcap[2];
    int32_t row; /* of the vertex table */
    int32_t unused; /* fills a line of the processor's cache */
} Vertex;

/* A run of triangles of one surface. */
typedef struct {
    int32_t first, count;
    int32_t sides;
    int32_t surface;
} Draw;

/* Edges between two triangles of one group, and the vertices of each in the one and in the other. */
typedef struct {
    const int32_t *sides;   /* (edges, 2) rows of `triangles`; the row past them is none */
    const int32_t *corners; /* (edges, 4) */
    const int32_t *ends;    /* (groups,) */
    const int32_t *triangles; /* (count, 3) */
    const int32_t *draws;   /* (groups,) the draw whose `first` and `count` are to be set */
    int32_t group_count, triangle_count, capacity;
} Silhouette;

/* Hulls that are drawn whole. Their vertices come after the model's, their triangles, too. */
typedef struct {
    const int32_t *rows;  /* (count,) of the vertex that each is moved outwards from */
    const int32_t *ends;  /* (groups,) of each group's vertices */
    const int32_t *draws; /* (groups,) the draw that has the group's surface */
    int32_t group_count, count;
} Hull;

/* A triangle that is drawn in this picture, and the rows that it may touch: `bottom` is past it. */
typedef struct {
    int32_t triangle;
    int16_t top, bottom;
} Shown;

typedef struct {
    /* The model. */
    const float *uvs, *uvs1, *colors; /* (V, 2), (V, 2) or NULL, (V, 4) or NULL */
    Draw *draws;
    const Surface *surfaces;
    Silhouette silhouette;
    Hull hull;
    int32_t vertex_count, triangle_count, draw_count, record_floats;
    /* Working memory of the model. */
    Vertex *vertices;    /* (V + hulls + 4 fins) */
    int32_t *corners;    /* (T + 2 fins, 3): triangles in the order of drawing, hulls', fins */
    int32_t *owners;     /* (T + 2 fins) the surface of each triangle */
    int32_t *records_at; /* (T + 2 fins) */
    float *records;      /* (T + 2 fins, record_floats) */
    uint8_t *facing;     /* (triangles of the silhouette, and 1 for what is beyond a border) */
    Queue *queues;       /* (surfaces), empty between pictures */
    Shown *shown;        /* (T + 2 fins), in the order of drawing */
    int32_t record_count, shown_count, solid_count; /* solid ones come before blended ones */
    /* The picture, and of the band of it that is being drawn: the pixels, RGBA; the depth, and the
     * triangle in front, in rows of `stride` numbers, a few wider than the picture. */
    int32_t width, height, stride, band_rows, band_top;
    float *depth;
    int32_t *seen;
    uint32_t *pixels;
    const uint32_t *backdrop; /* (height, width) RGBA */
    uint32_t *picture;        /* (height, width) RGBA, or NULL: only planes are wanted */
    uint8_t *y, *u, *v;       /* (height, width), and half of both, rounded up */
    /* The frame. */
    const float *positions, *normals; /* (V, 3) scene space */
    float view[12];                   /* three rows */
    float scale_x, scale_y;           /* of the projection */
    float depth_scale, depth_offset;  /* of the projection's third row */
    float key[3];                     /* in camera space */
    float pixel;                      /* height of a pixel at distance 1 */
    float seconds;                    /* for textures that move by themselves */
    int32_t left, right;              /* the columns drawn on: right is past them */
} Scene;

void transform_vertices(Scene *scene);
void inflate_hulls(Scene *scene);
void find_outlines(Scene *scene);
const float *make_record(Scene *scene, int32_t triangle);

static inline const float *record_of(Scene *scene, int32_t triangle) {
    int32_t at = scene->records_at[triangle];
    if (at < 0) return make_record(scene, triangle);
    return scene->records + (size_t)at * scene->record_floats;
}

#endif
