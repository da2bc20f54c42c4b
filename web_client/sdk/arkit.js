// @ts-check

/**
 * ARKit's 52 blendshapes in ARKit's own order: the order of the coefficients in the packets of the
 * `expression` data channel.
 *
 * Source: Apple, ARKit, `ARFaceAnchor.BlendShapeLocation`.
 */
export const ARKIT_52 = Object.freeze(/** @type {const} */ ([
  "eyeBlinkLeft",
  "eyeLookDownLeft",
  "eyeLookInLeft",
  "eyeLookOutLeft",
  "eyeLookUpLeft",
  "eyeSquintLeft",
  "eyeWideLeft",
  "eyeBlinkRight",
  "eyeLookDownRight",
  "eyeLookInRight",
  "eyeLookOutRight",
  "eyeLookUpRight",
  "eyeSquintRight",
  "eyeWideRight",
  "jawForward",
  "jawLeft",
  "jawRight",
  "jawOpen",
  "mouthClose",
  "mouthFunnel",
  "mouthPucker",
  "mouthLeft",
  "mouthRight",
  "mouthSmileLeft",
  "mouthSmileRight",
  "mouthFrownLeft",
  "mouthFrownRight",
  "mouthDimpleLeft",
  "mouthDimpleRight",
  "mouthStretchLeft",
  "mouthStretchRight",
  "mouthRollLower",
  "mouthRollUpper",
  "mouthShrugLower",
  "mouthShrugUpper",
  "mouthPressLeft",
  "mouthPressRight",
  "mouthLowerDownLeft",
  "mouthLowerDownRight",
  "mouthUpperUpLeft",
  "mouthUpperUpRight",
  "browDownLeft",
  "browDownRight",
  "browInnerUp",
  "browOuterUpLeft",
  "browOuterUpRight",
  "cheekPuff",
  "cheekSquintLeft",
  "cheekSquintRight",
  "noseSneerLeft",
  "noseSneerRight",
  "tongueOut",
]));

/** @typedef {(typeof ARKIT_52)[number]} ArkitName */

/**
 * Where each name stands in {@link ARKIT_52}.
 *
 * @type {Readonly<Record<ArkitName, number>>}
 */
export const ARKIT_INDEX = Object.freeze(
  /** @type {Record<ArkitName, number>} */ (
    Object.fromEntries(ARKIT_52.map((name, index) => [name, index]))
  ),
);
