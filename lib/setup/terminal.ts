/** Lines on standard error: progress overwrites itself in a terminal and comes seldom elsewhere. */

/** Where set-up says what it does. */
export interface Terminal {
  /** A line that stays. */
  line(text: string): void;
  /** A line that the next one replaces. */
  progress(text: string): void;
  /** Removes the last progress line. */
  clear(): void;
}

/** Least milliseconds between progress lines where lines cannot be overwritten. */
const QUIET_MILLISECONDS = 5000;

/**
 * Standard error as a {@link Terminal}.
 *
 * @param write Writes text; replaced by tests.
 * @param columns Width of the terminal; 0 where lines cannot be overwritten.
 */
export function terminal(
  write: (text: string) => void = (text) => {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  },
  columns: number = Deno.stderr.isTerminal() ? Deno.consoleSize().columns : 0,
): Terminal {
  let last = -Infinity;
  let shown = "";
  const clear = () => {
    if (columns > 0 && shown !== "") write("\r\x1b[2K");
    shown = "";
  };
  return {
    clear,
    line(text) {
      clear();
      write(`${text}\n`);
    },
    progress(text) {
      if (columns > 0) {
        write(`\r\x1b[2K${[...text].slice(0, columns - 1).join("")}`);
        shown = text;
      } else if (performance.now() - last >= QUIET_MILLISECONDS) {
        last = performance.now();
        write(`${text}\n`);
      }
    },
  };
}
