/** The official zip of Tiny-ImageNet, from its makers' address into the data folder, where the loader finds it. */
import { join } from "../../base/disk/path.ts";
import type { DownloadWatch } from "../../setup/command.ts";
import { download, type PublicFile } from "../../setup/download/download.ts";
import { findTinyImagenet, SET_NAME } from "./find.ts";

/**
 * The zip. Its makers publish neither its size nor a checksum: these are those that programs which download it have
 * written down independently of each other.
 */
export const TINY_IMAGENET_ZIP: PublicFile = {
  title: "Tiny-ImageNet",
  url: `http://cs231n.stanford.edu/${SET_NAME}.zip`,
  bytes: 248_100_043,
  checksum: { algorithm: "md5", digits: "90528d7ca1a48142e341f4ef8d21d0de" },
};

/**
 * Downloads the zip into a data folder, unless the set is there in any form. A zip that is there is compared with the
 * checksum. Nothing is unpacked: the loader reads the zip.
 *
 * @param file What is downloaded; replaced by tests.
 * @returns Where the set is.
 * @throws {SetUpError} As {@link download}.
 */
export async function downloadTinyImagenet(
  folder: string,
  watch: DownloadWatch = {},
  file: PublicFile = TINY_IMAGENET_ZIP,
): Promise<string> {
  const [found] = await findTinyImagenet(folder);
  if (found !== undefined && found.form !== "zip") return found.path;
  const path = join(folder, `${SET_NAME}.zip`);
  await download(file, { ...watch, path });
  return path;
}
