/** Grids of images as PNG: real beside fake, accepted beside rejected, relabelled fakes, strips. */
export { captionedGrid, ImageGrid, imageGrid, saveImageGrid } from "./grids/grid.ts";
export type { ImageGridOptions } from "./grids/layout.ts";
export { gridByLabel } from "./grids/by_label.ts";
export { type GridGroup } from "./grids/pieces.ts";
export { labelStrip, stripByLabel, type StripOptions } from "./grids/strip.ts";
