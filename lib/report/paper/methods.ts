/**
 * Published figures of distillers, one pair of networks each, kept in `paper/methods_reported.csv`; `paper/README.md`
 * says where they come from. None is of our networks or images: only the size of a gain can be compared.
 */
import { checkText } from "../../base/check_argument.ts";
import { readRows } from "./rows.ts";

/** What a distiller's publication reports for one pair of networks. */
export interface PublishedGain {
  /** As our tables name it, such as "ReviewKD". */
  readonly method: string;
  /** Such as "CIFAR-100". */
  readonly dataset: string;
  /** As the publication prints it. */
  readonly teacher: string;
  /** As the publication prints it. */
  readonly student: string;
  /** Accuracy of the student without a teacher, in percent. */
  readonly alone: number;
  /** Its accuracy with the method, in percent. */
  readonly value: number;
  /** Who ran it, with the paper's identifier. */
  readonly source: string;
}

/** All of them, one a method, in the order of the file; none for methods without a figure that we know of. */
export function publishedGains(): readonly PublishedGain[] {
  return readRows("methods_reported.csv").map((row) => ({
    method: row["method"]!,
    dataset: row["dataset"]!,
    teacher: row["teacher"]!,
    student: row["student"]!,
    alone: Number(row["alone"]),
    value: Number(row["value"]),
    source: row["source"]!,
  }));
}

/** The figure of a method on its own, by the name in our tables; options and fakes have none. */
export function publishedGain(method: string): PublishedGain | undefined {
  checkText("publishedGain()", method, 'the name of a method, such as "CRD"');
  return publishedGains().find((row) => row.method === method);
}
