const DAY = 24 * 60 * 60; // with more left than this nobody counts

/**
 * Counts `data-seconds` down. The time left goes into the `b` of `[data-left]`; at the end
 * `[data-over]` shows, or with `data-reload` the page is read again.
 * Counts by the browser's own steady clock: the wall clock of an old phone may be wrong.
 */
class TmCountdown extends HTMLElement {
  connectedCallback() {
    this.end = performance.now() + Number(this.dataset.seconds) * 1000;
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    const seconds = Math.ceil((this.end - performance.now()) / 1000);
    if (seconds <= 0) {
      this.finish();
      return;
    }
    const left = this.querySelector("[data-left]");
    if (!left) return;
    left.hidden = seconds > DAY;
    left.querySelector("b").textContent = written(seconds);
  }

  finish() {
    clearInterval(this.timer);
    if ("reload" in this.dataset) {
      location.reload();
      return;
    }
    for (const part of this.children) part.hidden = !part.matches("[data-over]");
  }
}

/** 9:05, or 26:09:05 for hours. */
function written(seconds) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  const tail = two(seconds % 60);
  return hours ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

customElements.define("tm-countdown", TmCountdown);
