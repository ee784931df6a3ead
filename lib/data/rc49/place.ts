/** What to do to have RC-49, for tasks that load no reader of files. */

/** Where its authors can be asked. */
const AUTHORS = "https://github.com/UBCDingXin/cGAN-KD";

/** What is done without the authors' files, and what to ask them for and where to place it, in one sentence. */
export function howToPlaceRc49(folder: string): string {
  return "nothing to do: chairs are drawn in their place at the first use (541 MB, half a minute on two cores); for the " +
    `authors' images ask them (${AUTHORS}) for RC-49_64x64_25.h5, RC-49_64x64_15.h5 or RC-49_64x64_5.h5, of which each ` +
    `suffices for its setting R-25, R-15 or R-5, and place them in "${folder}"`;
}
