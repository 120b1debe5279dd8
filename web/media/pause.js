const FIRST_MS = 500;
const LONGEST_MS = 8_000;

/** How long to wait after so many failures in a row: 0.5, 1, 2, 4, then always 8 seconds. */
export const backoff = (failures) => Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);

/** Some of the first pause: all viewers of a fallen node must not come back in the same instant. */
export const jitter = () => Math.random() * FIRST_MS;

/** A wait that `end()` cuts short. */
export class Pause {
  end = () => {};

  for(milliseconds) {
    return new Promise((done) => {
      this.end = done;
      setTimeout(done, milliseconds);
    });
  }
}
