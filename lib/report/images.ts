/** Grids of images as PNG: real beside fake, accepted beside rejected, relabelled fakes, strips. */
export { captionedGrid, ImageGrid, imageGrid, saveImageGrid } from "./images/grid.ts";
export type { ImageGridOptions } from "./images/layout.ts";
export { gridByLabel } from "./images/by_label.ts";
export { type GridGroup } from "./images/pieces.ts";
export { labelStrip, stripByLabel, type StripOptions } from "./images/strip.ts";
