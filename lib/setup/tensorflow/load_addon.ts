/** Loads the addon named in the arguments and prints TensorFlow's version; run in a process of its own. */
import { createRequire } from "node:module";

const addon = createRequire(import.meta.url)(Deno.args[0]!) as { TF_Version: string };
console.log(addon.TF_Version);
