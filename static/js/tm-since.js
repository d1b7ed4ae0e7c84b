// @ts-check
/**
 * <tm-since datetime now>: whole minutes since `datetime`, going on by itself. `now` is the server's
 * time when the page was made, so that a wrong clock of this computer does not matter.
 */

const STEP_MS = 5_000;

class TmSince extends HTMLElement {
  connectedCallback() {
    const since = Date.parse(this.getAttribute("datetime") ?? "");
    const now = Date.parse(this.getAttribute("now") ?? "");
    const start = performance.now();
    const show = () => {
      const minutes = String(Math.max(0, Math.floor((now - since + performance.now() - start) / 60_000)));
      if (this.textContent !== minutes) this.textContent = minutes;
    };
    show();
    this.timer = setInterval(show, STEP_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}

customElements.define("tm-since", TmSince);
