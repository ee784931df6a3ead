// The page of `deno task demo`: draws an image for a label, shows a test image of that label beside it, and what each network
// says of both. `parts.js` holds networks and test images, `tf.min.js` is TensorFlow.js; nothing is fetched.
"use strict";
(() => {
  /* global tf, CGAN_KD_PARTS */
  const { data, trained, labels, generator, networks, testImages, testKind } = CGAN_KD_PARTS;
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

  /** Pixels of all test images; undefined where the page has none. */
  async function unpackTestImages() {
    if (testImages === undefined) return undefined;
    const bytes = Uint8Array.from(atob(testImages.pixels), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /** The test image of a row whose label is nearest, with its label; of classes, only one of the same class will do. */
  function testImageFor(all, { label, seed }) {
    if (all === undefined) return undefined;
    const { labels: rows, height, width } = testImages;
    const size = height * width * 3;
    const fits = rows.map((_, i) => (i + seed - 1) % rows.length)
      .find((row) => isScalar || rows[row].includes(label));
    if (fits === undefined) return undefined;
    const row = rows[fits];
    const far = (i) => Math.abs(row[i] - label);
    const nearest = row.reduce((best, _, i) => far(i) < far(best) ? i : best, 0);
    const place = rows.slice(0, fits).reduce((sum, { length }) => sum + length, nearest);
    return { label: row[nearest], pixels: all.subarray(place * size, (place + 1) * size) };
  }

  /** Pixels of the generated image, and the outputs of every network on it and on a test image. */
  async function look(models, { latent, label, test }) {
    const condition = labelInput(label);
    const [image, ...outputs] = tf.tidy(() => {
      const image = models.generator.predict([
        tf.tensor2d(latent, [1, latent.length]),
        tf.tensor2d(condition, [1, condition.length]),
      ]);
      const both = test === undefined
        ? image
        : tf.concat([image, tf.tensor4d(Float32Array.from(test.pixels), image.shape)]);
      return [image, ...models.networks.map((model) => model.predict(both))];
    });
    const [, height, width] = image.shape;
    const pixels = await image.data();
    const both = await Promise.all(outputs.map((output) => output.array()));
    tf.dispose([image, ...outputs]);
    return {
      height,
      width,
      pixels,
      answers: both.map(([first]) => first),
      testAnswers: both.map(([, second]) => second),
    };
  }

  function paint(id, { height, width, pixels }) {
    const canvas = element(id);
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(pixels[3 * i + c]);
      image.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /** What outputs mean: a number in its unit with its distance from the label, or the three most probable classes. */
  function describe(outputs, label) {
    if (isScalar) {
      const off = outputs[0] - label;
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

  function answer({ answers, testAnswers }, test) {
    element("answers").replaceChildren(...networks.map((network, i) => {
      const row = document.createElement("tr");
      const cell = (text, name = "") => {
        const made = document.createElement("td");
        made.className = name;
        made.textContent = text;
        row.append(made);
        return made;
      };
      const said = (outputs, label) => {
        const made = cell("", "said");
        for (const { text, share } of describe(outputs, label)) {
          const line = document.createElement("div");
          if (share === undefined) line.textContent = text;
          else {
            const bar = document.createElement("meter");
            bar.value = share;
            line.append(bar, ` ${text}, ${(100 * share).toFixed(0)} %`);
          }
          made.append(line);
        }
      };
      cell(network.title, "name");
      said(answers[i], state.label);
      if (test !== undefined) said(testAnswers[i], test.label);
      cell(network.metric, "number");
      const { numbers, multiplyAdds, imagesPerSecond } = network.cost;
      cell(numbers.toLocaleString("en"), "number");
      cell((2e-9 * multiplyAdds).toFixed(4), "number");
      cell(imagesPerSecond ? Math.round(imagesPerSecond.value).toLocaleString("en") : "", "number");
      return row;
    }));
  }

  const labelText = (label) =>
    isScalar ? `${label.toFixed(1)} ${labels.unit}` : labels.names[label];

  function controls(change) {
    const label = document.createElement("label");
    if (isScalar) {
      const input = document.createElement("input");
      Object.assign(input, { type: "range", id: "label", step: "any" });
      Object.assign(input, { min: labels.minimum, max: labels.maximum, value: state.label });
      const text = document.createElement("span");
      const tell = () => text.textContent = labelText(state.label);
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
    element("trained").textContent = trained;
    element("test-kind").textContent = testKind;
    element("measure").textContent = networks[0].measure;
    const models = {
      generator: await open(generator),
      networks: await Promise.all(networks.map(open)),
    };
    const all = await unpackTestImages();
    const size = models.generator.inputs[0].shape[1];
    let isBusy = false, isStale = false;
    /** Draws the latest choice; those made meanwhile wait together. */
    const change = async () => {
      isStale = true;
      if (isBusy) return;
      isBusy = true;
      while (isStale) {
        isStale = false;
        const { seed, label } = state;
        const start = performance.now();
        const test = testImageFor(all, state);
        const seen = await look(models, { latent: normals(seed, size), label, test });
        for (const one of document.querySelectorAll(".test")) one.hidden = test === undefined;
        paint("image", seen);
        element("label-drawn").textContent = labelText(label);
        if (test !== undefined) {
          paint("test-image", { ...seen, pixels: test.pixels });
          element("label-test").textContent = labelText(test.label);
        }
        answer(seen, test);
        element("status").textContent = `${networks.length + 1} networks in ${
          (performance.now() - start).toFixed(0)
        } ms on ${tf.getBackend()}, TensorFlow.js ${tf.version.tfjs}`;
        document.body.dataset.drawn = `${seed}:${label}`;
      }
      isBusy = false;
    };
    controls(change);
    // For tests: the same latents, labels and test images as elsewhere.
    globalThis.cganKd = {
      look: (latent, label) =>
        look(models, {
          latent: Float32Array.from(latent),
          label,
          test: testImageFor(all, { label, seed: 1 }),
        }),
    };
    await change();
  }

  begin().catch((error) =>
    element("status").textContent = `Cannot show the networks: ${error.message}`
  );
})();
