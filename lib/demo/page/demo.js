// The page of `deno task demo`: draws an image for a label and shows what each network says of it. `parts.js` holds the
// networks, `tf.min.js` is TensorFlow.js; nothing is fetched.
"use strict";
(() => {
  /* global tf, CGAN_KD_PARTS */
  const { data, labels, generator, networks } = CGAN_KD_PARTS;
  const element = (id) => document.getElementById(id);
  const isScalar = labels.kind === "scalar";
  const state = { label: isScalar ? (labels.minimum + labels.maximum) / 2 : 0, seed: 1 };

  /** Opens a LayersModel that lies in the page. */
  function open({ modelTopology, weightSpecs, weights }) {
    const bytes = Uint8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
    return tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs, weightData: bytes.buffer }),
    );
  }

  /** Standard normal numbers from a seed (mulberry32 and Box-Muller). */
  function normals(seed, count) {
    let word = seed | 0;
    const uniform = () => {
      word = word + 0x6d2b79f5 | 0;
      let mixed = Math.imul(word ^ word >>> 15, 1 | word);
      mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
      return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
    };
    return Float32Array.from(
      { length: count },
      () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    );
  }

  function labelInput(label) {
    if (isScalar) return [label];
    return labels.names.map((_, i) => i === label ? 1 : 0);
  }

  /** Pixels of an image, and the outputs of every network on them. */
  async function look(models, latent, label) {
    const condition = labelInput(label);
    const [pixels, ...outputs] = tf.tidy(() => {
      const image = models.generator.predict([
        tf.tensor2d(latent, [1, latent.length]),
        tf.tensor2d(condition, [1, condition.length]),
      ]);
      return [image, ...models.networks.map((model) => model.predict(image))];
    });
    const [, height, width] = pixels.shape;
    const values = await pixels.data();
    const answers = await Promise.all(outputs.map(async (output) => [...await output.data()]));
    tf.dispose([pixels, ...outputs]);
    return { height, width, pixels: values, answers };
  }

  function paint({ height, width, pixels }) {
    const canvas = element("image");
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(pixels[3 * i + c]);
      image.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /** What outputs mean: a number in its unit, or the three most probable classes. */
  function describe(outputs) {
    if (isScalar) {
      const off = outputs[0] - state.label;
      const sign = off < 0 ? "−" : "+";
      return [{
        text: `${outputs[0].toFixed(1)} ${labels.unit} (${sign}${Math.abs(off).toFixed(1)})`,
      }];
    }
    const greatest = Math.max(...outputs);
    const powers = outputs.map((output) => Math.exp(output - greatest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power, i) => ({ text: labels.names[i], share: power / total }))
      .sort((a, b) => b.share - a.share).slice(0, 3);
  }

  function answer({ answers }) {
    element("answers").replaceChildren(...networks.map(({ title, metric, numbers }, i) => {
      const row = document.createElement("tr");
      const cell = (text, name = "") => {
        const made = document.createElement("td");
        made.className = name;
        made.textContent = text;
        row.append(made);
        return made;
      };
      cell(title);
      cell(metric, "number");
      const said = cell("");
      for (const { text, share } of describe(answers[i])) {
        const line = document.createElement("div");
        if (share === undefined) line.textContent = text;
        else {
          const bar = document.createElement("meter");
          bar.value = share;
          line.append(bar, ` ${text}, ${(100 * share).toFixed(0)} %`);
        }
        said.append(line);
      }
      cell(numbers.toLocaleString("en"), "number");
      return row;
    }));
  }

  function controls(change) {
    const label = document.createElement("label");
    if (isScalar) {
      const input = document.createElement("input");
      Object.assign(input, { type: "range", id: "label", step: "any" });
      Object.assign(input, { min: labels.minimum, max: labels.maximum, value: state.label });
      const text = document.createElement("span");
      const tell = () => text.textContent = `${state.label.toFixed(1)} ${labels.unit}`;
      input.addEventListener("input", () => {
        state.label = Number(input.value);
        tell();
        change();
      });
      tell();
      label.append(text, document.createElement("br"), input);
    } else {
      const select = document.createElement("select");
      select.id = "label";
      labels.names.forEach((name, i) => select.add(new Option(name, String(i))));
      select.addEventListener("change", () => {
        state.label = Number(select.value);
        change();
      });
      label.append("class ", select);
    }
    element("controls").append(label);
    element("other").addEventListener("click", () => {
      state.seed++;
      change();
    });
  }

  async function begin() {
    element("data").textContent = data;
    element("measure").textContent = networks[0].measure;
    const models = {
      generator: await open(generator),
      networks: await Promise.all(networks.map(open)),
    };
    const size = models.generator.inputs[0].shape[1];
    let isBusy = false, isStale = false;
    /** Draws the latest choice; those made meanwhile wait together. */
    const change = async () => {
      isStale = true;
      if (isBusy) return;
      isBusy = true;
      while (isStale) {
        isStale = false;
        const start = performance.now();
        const seen = await look(models, normals(state.seed, size), state.label);
        paint(seen);
        answer(seen);
        element("status").textContent = `${networks.length + 1} networks in ${
          (performance.now() - start).toFixed(0)
        } ms on ${tf.getBackend()}, TensorFlow.js ${tf.version.tfjs}`;
        document.body.dataset.drawn = `${state.seed}:${state.label}`;
      }
      isBusy = false;
    };
    controls(change);
    // For tests: the same latents and labels as elsewhere.
    globalThis.cganKd = { look: (latent, label) => look(models, Float32Array.from(latent), label) };
    await change();
  }

  begin().catch((error) =>
    element("status").textContent = `Cannot show the networks: ${error.message}`
  );
})();
