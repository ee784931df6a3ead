/** Progress in words and bars: one line per stage as text, or HTML. */
import { type ProgressEvent, remainingSeconds } from "../../base/progress.ts";
import { escapeMarkup } from "../display.ts";

/** True for the last event of a stage. */
export function isFinished(event: ProgressEvent): boolean {
  return ["trained", "reused", "done"].includes(event.state) || event.step >= event.total;
}

/** One stage as one line of text, for instance `cGAN 12 % 420/3,500, 9 min 30 s left, loss 0.52`. */
export function stageLine(event: ProgressEvent): string {
  const metrics = metricsText(event);
  const remark = event.remark ?? "";
  if (event.state === "waiting") return `${event.stage}: ${remark}`;
  if (isFinished(event)) {
    return [`✓ ${event.stage}: ${finishedText(event)}`, remark, metrics]
      .filter((part) => part !== "").join(", ");
  }
  const filled = Math.floor(shareOf(event) * 20);
  const bar = "█".repeat(filled) + "░".repeat(20 - filled);
  return [
    `${event.stage} ${bar} ${percentText(event)} ${stepsText(event)}`,
    remainingText(event),
    remark,
    metrics,
  ].filter((part) => part !== "").join(", ");
}

/** All stages as text, one per line. */
export function progressText(events: readonly ProgressEvent[]): string {
  return events.map(stageLine).join("\n");
}

/**
 * All stages as HTML: finished ones as a list, running ones as bars.
 *
 * @param events The latest event of every stage.
 * @param finishedShown Most finished stages to list; earlier ones are counted in one line.
 */
export function progressHTML(events: readonly ProgressEvent[], finishedShown: number): string {
  const finished = events.filter(isFinished);
  const hidden = Math.max(0, finished.length - finishedShown);
  const lines = finished.slice(hidden).map((event) => {
    const details = [event.remark ?? "", metricsText(event)]
      .filter((part) => part !== "").map((part) => ` · ${escapeMarkup(part)}`);
    return `<div>✓ <b>${escapeMarkup(event.stage)}</b> ${finishedText(event)}${
      details.join("")
    }</div>`;
  });
  if (hidden > 0) lines.unshift(`<div>✓ ${hidden} earlier stages finished</div>`);
  for (const event of events.filter((event) => !isFinished(event))) {
    if (event.state === "waiting") {
      lines.push(
        `<div><b>${escapeMarkup(event.stage)}</b> ${escapeMarkup(event.remark ?? "")}</div>`,
      );
      continue;
    }
    // Colours that hold on light and dark themes: the text colour itself, and one blue.
    lines.push(
      `<div style="margin-top:4px"><b>${escapeMarkup(event.stage)}</b> ` +
        [
          percentText(event),
          stepsText(event),
          remainingText(event),
          escapeMarkup(event.remark ?? ""),
        ]
          .filter((part) => part !== "").join(" · ") +
        `<div style="width:520px;max-width:100%;height:8px;margin:3px 0;border-radius:4px;` +
        `background:rgba(128,128,128,0.3)"><div style="width:${
          (shareOf(event) * 100).toFixed(1)
        }%;` +
        `height:8px;border-radius:4px;background:#0072b2"></div></div>` +
        `${escapeMarkup(metricsText(event))}</div>`,
    );
  }
  return `<div style="font-size:90%;line-height:1.5">${lines.join("")}</div>`;
}

/** A length of time in words, for instance `45 s`, `3 min 20 s`, `2 h 05 min`, `1 d 3 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function finishedText(event: ProgressEvent): string {
  const time = durationText(event.elapsedSeconds);
  if (event.state === "reused") return "reused";
  if (event.state === "done") return `done in ${time}`;
  return event.state === "resumed" ? `resumed and trained in ${time}` : `trained in ${time}`;
}

function remainingText(event: ProgressEvent): string {
  const seconds = remainingSeconds(event);
  return seconds === undefined ? "" : `${durationText(seconds)} left`;
}

function shareOf(event: ProgressEvent): number {
  return event.total > 0 ? Math.min(1, Math.max(0, event.step / event.total)) : 0;
}

function percentText(event: ProgressEvent): string {
  return `${Math.floor(shareOf(event) * 100)} %`;
}

function stepsText(event: ProgressEvent): string {
  return `${event.step.toLocaleString("en-US")}/${event.total.toLocaleString("en-US")}`;
}

function metricsText({ metrics, units = {} }: ProgressEvent): string {
  return Object.entries(metrics).slice(0, 5).map(([name, value]) => {
    const unit = units[name];
    return `${name} ${short(value)}${unit === undefined ? "" : ` ${unit}`}`;
  }).join(", ");
}

function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(1);
  // 999.6 has three digits as 1.00e+3 only.
  if (size >= 999.5 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
