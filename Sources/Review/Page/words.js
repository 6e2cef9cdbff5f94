// Words for the codes of reasons, mask flags, measures and loss terms.

const labels = {
  // reasons
  "duplicate-of": "copy of another picture", "rejected-by-person": "not wanted", "no-face": "no face found",
  "face-too-small": "face too small", "several-faces": "several faces", "face-cut-off": "face cut off",
  "outside-picture": "outside the picture", "wrong-domain": "wrong domain",
  unreadable: "cannot be read", truncated: "file is incomplete", blurred: "blurred", turned: "turned away",
  covered: "face covered", text: "text in the picture", "bad-mask": "wrong mask", "bad-framing": "wrong crop",
  "wrong-face": "wrong face", "mask-empty": "empty mask",
  // mask flags
  holes: "holes", islands: "loose pieces", "hair-eaten": "hair cut off", disagreement: "methods differ",
  "face-outside": "face cut off", empty: "empty mask", full: "nothing removed",
  "touches-left": "touches the left edge", "touches-right": "touches the right edge", "touches-top": "touches the top edge",
  // measures
  bars: "black bars", "black-point": "darkest parts", blocking: "JPEG blocks", brisque: "distortion (BRISQUE)",
  black: "pure black", clipped: "pure black or white", colorfulness: "colorfulness", combing: "interlacing", coverage: "foreground share",
  grey: "pixels without color", "hair-colorfulness": "colorfulness of the hair", "hair-hue": "hue of the hair",
  "hair-lightness": "lightness of the hair", motion: "motion blur", "native-face": "face size in the source", occlusion: "covered face",
  outside: "crop outside the image", "real-face": "face size with detail", resolution: "real detail", roll: "tilt",
  score: "detector's certainty", subtitle: "subtitles", "white-point": "brightest parts", yaw: "turn to the side",
  "mask-disagreement": "mask: methods differ", "mask-face-outside": "mask: face cut off", "mask-hair-eaten": "mask: hair cut off",
  "mask-holes": "mask: holes", "mask-islands": "mask: loose pieces", "mask-touches-bottom": "mask: at the bottom edge",
  "mask-touches-left": "mask: at the left edge", "mask-touches-right": "mask: at the right edge",
  "mask-touches-top": "mask: at the top edge",
};

const flagMeanings = {
  holes: "The foreground has holes. Paint Keep over them.",
  islands: "Some pieces are separate from the foreground and often belong to the background. Paint Remove over them.",
  "hair-eaten": "The mask removes much of the forehead and hair. Paint Keep over the hair.",
  disagreement: "Two mask methods disagree. Compare the edge with the crop.",
  "face-outside": "The mask removes part of the face. Paint Keep over it or choose another method.",
  empty: "The mask removes everything. Choose another method.",
  full: "The mask keeps everything. Choose another method.",
  "touches-left": "The foreground reaches the left edge of the crop; a wider frame may help.",
  "touches-right": "The foreground reaches the right edge of the crop; a wider frame may help.",
  "touches-top": "The foreground reaches the top edge of the crop; a higher frame may help.",
};

const terms = {
  G_total: "generators, all terms", D_total: "discriminators, all terms", rec: "cycle", idt: "identity", cam: "attention (CAM)",
  ad: "adversarial", faceid: "face identity",
};

/** The reasons that a user can give for a rejection, with their texts. */
export const reasons = [
  ["rejected-by-person", "I do not want it"],
  ["bad-mask", "the mask is wrong"],
  ["wrong-face", "not a face, or the wrong person"],
  ["blurred", "blurred"],
  ["turned", "the face is turned away"],
  ["covered", "something covers the face"],
  ["text", "text or subtitles in the picture"],
  ["duplicate-of", "there is a better copy"],
  ["bad-framing", "the crop is wrong"],
];

/** The words for a code. */
export const words = (code) => labels[code] ?? code.replace(/^by-/, "outside limits: ").replaceAll("-", " ");

/** The meaning of a mask flag and its remedy. */
export const flagMeaning = (flag) => flagMeanings[flag] ?? "";

/** A loss term in words, with the code: `D_ad_disLB` is "adversarial, local discriminator of B". */
export function term(code) {
  if (terms[code]) return terms[code];
  const parts = [];
  for (const [key, text] of [["rec", "cycle"], ["idt", "identity"], ["id", "identity"], ["cam", "attention (CAM)"], ["ad", "adversarial"]]) {
    if (new RegExp(`(^|_)${key}(_|$)`).test(code)) {
      parts.push(text);
      break;
    }
  }
  const network = /(dis|gen)([GL]?)([AB](?:2[AB])?)/.exec(code);
  if (network) {
    const scope = { G: "global ", L: "local " }[network[2]] ?? "";
    parts.push(`${scope}${network[1] === "dis" ? "discriminator" : "generator"} ${network[3].replace("2", " → ")}`);
  } else if (/_([AB])$/.test(code)) parts.push(`domain ${code.at(-1)}`);
  if (/^[GD]_/.test(code) && parts.length) parts.push(code.startsWith("G_") ? "for the generators" : "for the discriminators");
  return parts.length ? parts.join(", ") : code.replaceAll("_", " ");
}
