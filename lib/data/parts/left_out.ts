/** What a loader left out, in words. */
import type { Inspection } from "../../base/contracts.ts";

/** Names that are told of the files of one rule. */
const EXAMPLES = 5;

/**
 * A line for each rule by which files were left out, and for each class that has no images; none where all is used.
 *
 * @param inspection Of a data set.
 */
export function leftOutLines(inspection: Inspection | "none"): string[] {
  if (inspection === "none") return [];
  const { counted, found, skipped, remarks } = inspection;
  const rules = skipped.filter(({ files }) => files.length > 0).map(({ rule, files }) => {
    const names = files.slice(0, EXAMPLES).map(nameAndFlaw).join(", ");
    const more = files.length > EXAMPLES ? ", ..." : "";
    return `${files.length} of ${found} ${counted} left out (${rule}): ${names}${more}`;
  });
  const classes = remarks.filter(({ images }) => images === 0);
  return [...rules, ...classes.map(({ what, remark }) => `${what} ${remark}`)];
}

/** A file that was left out, with what was found where the rule does not say it already: `"a.jpg" (100 x 80 pixels)`. */
function nameAndFlaw(
  { name, detail }: { readonly name: string; readonly detail: string },
): string {
  return `"${name}"${detail === "" ? "" : ` (${detail})`}`;
}
