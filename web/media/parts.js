/**
 * A loader of fragments for hls.js that asks for the next part before hls.js does. The server holds the answer back
 * until the part is made, so it is on its way at once, and a round trip is saved for each part. This is what
 * EXT-X-PRELOAD-HINT is for, which hls.js does not follow.
 */
const PART = /\/(\d+)\.(\d+)\.m4s$/;
const FULL_SEGMENT = 10; // parts; beyond it the first part of the next segment is asked for
const DEPTH = { main: [2, 5], audio: [1, 3] }; // parts, near the edge and behind: a browser has six connections
const KEPT = 12;

/** Answers that are here or on their way, by address. */
class Ahead {
  #answers = new Map();

  /** The answer to `url`, if it was asked for. It is given out once. */
  take(url) {
    const answer = this.#answers.get(url);
    this.#answers.delete(url);
    return answer;
  }

  /** Asks for the `depth` parts that follow `url`. */
  follow(url, depth) {
    const match = PART.exec(url);
    if (!match) return;
    const [segment, part] = [Number(match[1]), Number(match[2])];
    const name = (number, index) => url.replace(PART, `/${number}.${index}.m4s`);
    for (let next = part + 1; next <= part + depth; next += 1) {
      if (next < FULL_SEGMENT) this.#ask(name(segment, next));
      else this.#ask(name(segment + 1, next - FULL_SEGMENT));
    }
  }

  #ask(url) {
    if (this.#answers.has(url)) return;
    this.#answers.set(url, fetched(url));
    for (const old of this.#answers.keys()) {
      if (this.#answers.size <= KEPT) break;
      this.#answers.delete(old);
    }
  }
}

/** `{ data, first, end }` of a success, null of anything else. */
async function fetched(url) {
  try {
    const response = await fetch(url);
    const first = performance.now();
    if (!response.ok) return null;
    return { data: await response.arrayBuffer(), first, end: performance.now() };
  } catch {
    return null;
  }
}

/** How many parts to ask for after this one: the more, the further it is behind the newest. */
function depthAt({ frag, part }, newest) {
  const [near, behind] = DEPTH[frag?.type] ?? [1, 1];
  const lag = newest() - (frag.sn * FULL_SEGMENT + part.index);
  return Math.min(Math.max(near, lag), behind);
}

/** The class to give to hls.js as `fLoader`; `Loader` is its own. `newest()` counts parts up to the newest. */
export function loaderAhead(Loader, newest) {
  const ahead = new Ahead();
  return class extends Loader {
    #left = false;

    load(context, config, callbacks) {
      const answer = context.part ? ahead.take(context.url) : null;
      if (context.part) ahead.follow(context.url, depthAt(context, newest));
      if (!answer) return super.load(context, config, callbacks);
      this.context = context;
      const asked = performance.now();
      answer.then((got) => {
        if (this.#left) return;
        if (!got) {
          super.load(context, config, callbacks);
          return;
        }
        const { data, first, end } = got;
        const stats = this.stats;
        stats.loading = { start: Math.min(asked, first), first, end };
        stats.loaded = stats.total = data.byteLength;
        callbacks.onSuccess({ url: context.url, data, code: 200 }, stats, context, null);
      });
      return undefined;
    }

    abort() {
      this.#left = true;
      super.abort();
    }

    destroy() {
      this.#left = true;
      super.destroy();
    }
  };
}
