/** The wording of what set-up could not do: what was found, what is wanted, what to do. */

/** Set-up could not finish a step; the message says what to do. */
export class SetUpError extends Error {
  override readonly name = "SetUpError";
}

const NETWORK = /getaddrinfo|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/i;
const NETWORK_WORDS =
  /name resolution|connection (broken|refused|reset|timed)|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|network is unreachable|dns error|error sending request|MaxRetryError|SSLError|certificate verify failed/i;
const NO_RIGHT = /EROFS|EACCES|read-only file system|permission denied/i;
const NO_SPACE = /ENOSPC|no space left on device|disk quota exceeded/i;

/**
 * An error of a command or of the file system in set-up's words.
 *
 * @param what What could not be done, for instance "download TensorFlow".
 * @param output Text that the command printed, or an error's message.
 * @param place Folder that was written to.
 * @param variable The environment variable that names another one.
 */
export function explainFailure(
  what: string,
  output: string,
  place: string,
  variable = "CGAN_KD_CACHE",
): SetUpError {
  const detail = lastLines(output);
  if (NO_SPACE.test(output)) {
    return new SetUpError(
      `Cannot ${what}: found no space left on the disk of "${place}"; free some space, or name ` +
        `another folder in ${variable}, and run the same command again`,
    );
  }
  if (NO_RIGHT.test(output)) {
    return new SetUpError(
      `Cannot ${what}: found no right to write to "${place}" (${detail}); name another folder in ` +
        `${variable} and run the same command again`,
    );
  }
  if (NETWORK.test(output) || NETWORK_WORDS.test(output)) {
    return new SetUpError(
      `Cannot ${what}: found no way to the package registry (${detail}); check the network, the ` +
        `proxy settings and the registry that pip and npm use, and run the same command again`,
    );
  }
  if (/no matching distribution|could not find a version/i.test(output)) {
    return new SetUpError(
      `Cannot ${what}: found no such package on the registry that pip uses (${detail}); the ` +
        `registry may be out of reach or hold only a part of all packages`,
    );
  }
  if (/do not match the hashes|checksum|EINTEGRITY/i.test(output)) {
    return new SetUpError(
      `Cannot ${what}: found a file with another checksum than the one pinned (${detail}); ` +
        `something on the way changed it: run the same command again, on another network if it stays`,
    );
  }
  return new SetUpError(`Cannot ${what}: ${detail}`);
}

/** The last lines that say something, as one line. */
function lastLines(output: string): string {
  // deno-lint-ignore no-control-regex
  const lines = output.replaceAll(/\x1b\[[0-9;]*m/g, "").split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !/^(\[notice\]|npm notice|npm warn|at )/i.test(line));
  const told = lines.filter((line) => /error/i.test(line));
  const text = (told.length > 0 ? told : lines).slice(-2).join(" / ");
  return text === "" ? "no message" : text.slice(0, 400);
}
