/* From the triangle in front of each pixel to the pixel. */

#ifndef AVATAR_RESOLVE_H
#define AVATAR_RESOLVE_H

#include "scene.h"

/* Works out the colours of surfaces that have one each. */
void color_flat_surfaces(Scene *scene);

/* Shades what is in front in the rows from the band's top to `bottom`, eight pixels of a surface at a
 * time wherever in the band they are. */
void resolve_band(Scene *scene, int bottom);

#endif
