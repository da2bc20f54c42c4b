// One vertex of a posed character. Everything that varies slowly is worked out here, because on a
// software rasteriser pixels are what costs: the fragment stage gets the cosine to the key light,
// the cosine to the viewer and the matcap coordinates ready made.

#include "blocks.glsl"

in vec3 position;
in vec3 normal;
#if UV_SLOTS > 0
in vec2 uv;
#endif
#ifdef SECOND_UV
in vec2 uv1;
#endif
#ifdef VERTEX_COLORS
in vec4 color;
out vec4 v_color;
#endif

#if UV_SLOTS > 0 && defined(UV_ANIMATION)
out vec2 v_still_uv;
#elif UV_SLOTS > 0
out vec2 v_uv[UV_SLOTS];
#endif
#ifdef LIT
out float v_light;
#endif
#ifdef RIM
out float v_facing;
#endif
#ifdef MATCAP
out vec2 v_matcap;
#endif
#if defined(NORMAL_MAP) || defined(PBR)
out vec3 v_position;
out vec3 v_normal;
#endif
#ifdef OUTLINE_WIDTH_MAP
uniform sampler2D outline_width_map;
#endif

#ifdef OUTLINE
in float outward;
const float LINE_PIXELS = 1.25;
const float LINE_DEPTH = 1.4;
// How far, in widths, the line reaches under the surface: no gap opens between them.
const float LINE_OVERLAP = 0.5;
#endif

void main() {
    vec3 view_position = (view * vec4(position, 1.0)).xyz;
    vec3 view_normal = mat3(view) * normal;

#if UV_SLOTS > 0
    vec2 slot_uv[UV_SLOTS];
    for (int slot = 0; slot < UV_SLOTS; ++slot) {
        vec3 at = vec3(uv, 1.0);
#ifdef SECOND_UV
        if (uv_u[slot].w > 0.5) at.xy = uv1;
#endif
        slot_uv[slot] = vec2(dot(uv_u[slot].xyz, at), dot(uv_v[slot].xyz, at));
    }
#ifdef UV_ANIMATION
    v_still_uv = uv;
#else
    v_uv = slot_uv;
#endif
#endif
#ifdef VERTEX_COLORS
    v_color = color;
#endif
#ifdef LIT
    v_light = dot(view_normal, key_direction.xyz);
#endif
#if defined(NORMAL_MAP) || defined(PBR)
    v_position = view_position;
    v_normal = view_normal;
#endif
#if defined(RIM) || defined(MATCAP)
    vec3 to_eye = normalize(-view_position);
#endif
#ifdef RIM
    v_facing = dot(view_normal, to_eye);
#endif
#ifdef MATCAP
    // VRMC_materials_mtoon 1.0, "MatCap": the normal in a frame around the line of sight.
    vec3 across = normalize(vec3(to_eye.z, 0.0, -to_eye.x));
    vec3 along = cross(to_eye, across);
    v_matcap = vec2(dot(across, view_normal), -dot(along, view_normal)) * 0.495 + 0.5;
#endif

#ifdef OUTLINE
    // VRMC_materials_mtoon 1.0, "Outline": the rim of a hull inflated along the normals.
    float width = outline.x;
#ifdef OUTLINE_WIDTH_MAP
    width *= textureLod(outline_width_map, slot_uv[OUTLINE_WIDTH_SLOT], 0.0).g;
#endif
#ifdef OUTLINE_SCREEN
    width *= -view_position.z / abs(projection[1][1]);
#endif
    // A line thinner than a pixel breaks into dashes: thicken those that are nearly one.
    float thinnest = LINE_PIXELS * key_direction.w * -view_position.z;
    width = max(width, min(width * 3.0, thinnest));
    // Where the normal turns away from the picture's plane, the line would thin out too.
    float reach = mix(-LINE_OVERLAP, 1.0, outward) * width;
    view_position += view_normal * (reach / clamp(length(view_normal.xy), 0.35, 1.0));
    // A little farther along the line of sight: shallow folds get no crumbs of a line.
    view_position *= 1.0 - LINE_DEPTH * width / view_position.z;
#endif
    gl_Position = projection * vec4(view_position, 1.0);
#ifdef OUTLINE
    gl_Position.z += 1e-6 * gl_Position.w;
#endif
}
