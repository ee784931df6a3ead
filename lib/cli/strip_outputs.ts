/** A git filter: takes outputs from a notebook on standard input; see `installOutputFilter`. */
import { withoutOutputs } from "./without_outputs.ts";

if (import.meta.main) {
  const text = await new Response(Deno.stdin.readable).text();
  await new Blob([withoutOutputs(text)]).stream().pipeTo(Deno.stdout.writable);
}
